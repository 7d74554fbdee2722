"""Variables that look like settings and are none: a slip of the pen would go unnoticed."""

import difflib
import os
from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject
from arena.core.settings import Settings

PREFIX = "ARENA_"


def check(subject: Subject) -> Iterator[Finding]:
    """Every variable that begins with `ARENA_` is a setting."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    for name in unknown:
        near = difflib.get_close_matches(name, known, 1)
        todo = f"Did you mean {near[0]}? " if near else ""
        yield Finding("warn", f"{name} is no setting.", f"{todo}docs/settings.md lists them all.")
    if not unknown:
        yield Finding("ok", "every ARENA_ variable is a setting")
