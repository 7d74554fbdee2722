"""The arena's own Ray head on this machine: its command, its token, its folder.

It does not import Ray itself: `arena up` starts the head before anything else, for it takes longest.
"""

import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from arena.core.errors import BadConfiguration

OBJECT_STORE_BYTES = 78_643_200
"""The smallest store Ray takes: reports go through Redis, not through it."""
LOG_BYTES = 20 * (1 << 20)
SPARED = ("--no-monitor", "--include-log-monitor=false")
"""Two helpers this machine's cluster has no use for: it does not scale, and no driver reads its hosts' output."""


def environment(token_file: Path) -> dict[str, str]:
    """Variables every process that speaks to this machine's own Ray needs; makes the token at first use."""
    if not token_file.exists():
        token_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = token_file.with_suffix(".new")
        fresh.touch(0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.replace(token_file)  # whole or not at all: an empty one would be no token, and stay
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token_file),
        "RAY_USAGE_STATS_ENABLED": "0",
        # Ray's own switch for machines that are no cluster: it then listens on loopback only, on Linux too.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # Workers are made when they are wanted: one more that idles costs start-up time and 60 MB.
        "RAY_prestart_worker_first_driver": "0",
        # Ray's own logs: one predecessor each. It would keep five of half a gigabyte.
        "RAY_ROTATION_MAX_BYTES": str(LOG_BYTES),
        "RAY_ROTATION_BACKUP_COUNT": "1",
        "OMP_NUM_THREADS": "1",
    }


def command(home: Path, port: int) -> list[str]:
    """The command that runs a Ray head for an arena in the foreground, loopback only.

    Ray's own sockets need a short path, so its folder is under the system's temporary one, named after `home`.
    """
    ray_script = Path(sys.executable).with_name("ray")
    return [
        str(ray_script), "start", "--head", "--block", f"--port={port}", "--node-ip-address=127.0.0.1",
        "--include-dashboard=false", "--disable-usage-stats", f"--object-store-memory={OBJECT_STORE_BYTES}",
        f"--temp-dir={sessions(home)}", *SPARED,
    ]  # fmt: skip


def sessions(home: Path) -> Path:
    """Where Ray keeps its sessions. It opens this folder to everybody, so it lies inside one that is not."""
    return _place(home) / "r"


def folder(home: Path) -> Path:
    """Ray's folder for an arena, made: short, private, the same at every start."""
    place = _place(home)
    place.mkdir(mode=0o700, exist_ok=True)
    owner = place.lstat()
    if owner.st_uid != os.getuid() or not stat.S_ISDIR(owner.st_mode):
        raise BadConfiguration(f"{place} belongs to somebody else.", todo="Remove it, or set TMPDIR to another folder.")
    return place


def sweep(home: Path) -> None:
    """Remove what earlier Ray sessions of this arena left on disk. What is somebody else's stays."""
    with suppress(BadConfiguration, OSError):
        shutil.rmtree(folder(home), ignore_errors=True)


def renew(home: Path) -> None:
    """An empty folder for the next start: a head that dies again and again would fill the disk with its sessions."""
    sweep(home)
    folder(home)


def _place(home: Path) -> Path:
    return Path(tempfile.gettempdir()) / f"arena-ray-{hashlib.sha256(str(home).encode()).hexdigest()[:8]}"
