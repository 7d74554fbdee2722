"""Keys, tokens and passwords that others can read, or that this user cannot."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from arena.cli.shared.diagnosis import Finding, Subject

SECRETS = ("admin.key", "secrets.key", "ray.token", "postgres/password", "valkey/password")


def check(subject: Subject) -> Iterator[Finding]:
    """Every secret is for its owner alone, and so is the folder."""
    home = subject.settings.home
    found = [f for name in SECRETS for f in _secret(home / name)]
    if home.is_dir() and _others(home):
        found.append(Finding("warn", f"Other users can look into {home}.", f"Run `chmod 700 {home}`."))
    yield from found or [Finding("ok", "keys and passwords are for their owner alone")]


def _secret(file: Path) -> Iterator[Finding]:
    try:
        if _others(file):
            what = f"Other users can read {file}."
            yield Finding("fail", what, f"Run `chmod 600 {file}`; if others use this machine, make a new one too.")
    except FileNotFoundError:
        return
    except PermissionError:
        yield _closed(file)
        return
    if not os.access(file, os.R_OK):
        yield _closed(file)


def _others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _closed(file: Path) -> Finding:
    return Finding("fail", f"This user cannot read {file}.", "Run the arena as the user who owns it.")
