"""Who a server runs as, and how it is tied to the life of the process that starts it."""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OVERFLOW_ID = 65534
USER_NAMESPACE = ("unshare", "--user", f"--map-user={OVERFLOW_ID}", f"--map-group={OVERFLOW_ID}")


@dataclass(frozen=True)
class Identity:
    """How to run a program as somebody: words before its command line, and the ids of another user, if any."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    @property
    def owner(self) -> tuple[int, int]:
        """User and group, as this process sees them, that must own the server's files."""
        own = (os.geteuid(), os.getegid())
        return (own[0] if self.user is None else self.user, own[1] if self.group is None else self.group)

    @property
    def extra_groups(self) -> list[int] | None:
        return None if self.user is None else []

    @property
    def is_other(self) -> bool:
        """Whether the server has fewer rights on files than this process."""
        return self.user is not None or bool(self.prefix)

    def name_of(self, folder: Path) -> str:
        """What to call `folder` in the command line of a server whose current folder it is.

        A server with fewer rights may be unable to walk to it (`/root`, or the 0700 home of whoever used sudo). It
        starts inside instead, and `/proc/self/cwd` needs no walk. That keeps the data under ARENA_HOME, where
        backups and container volumes expect it, instead of in some public folder.
        """
        return "/proc/self/cwd" if self.is_other and sys.platform == "linux" else str(folder)

    def reaches(self, program: Path) -> bool:
        """Whether a server running so can start `program`."""
        return succeeds((*self.prefix, str(program), "--version"), self)


PLAIN = Identity()


def choose() -> Identity:
    """Who runs PostgreSQL, which refuses to be root.

    Root becomes nobody inside a user namespace: no file changes hands, since outside the namespace it is still root.
    Where namespaces are forbidden, as in most containers, it becomes the user `nobody`, who is given the data.
    """
    if os.geteuid() != 0:
        return PLAIN
    if namespaces_work():
        return Identity(prefix=USER_NAMESPACE)
    return nobody()


def nobody() -> Identity:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Identity(user=OVERFLOW_ID, group=OVERFLOW_ID)
    return Identity(user=entry.pw_uid, group=entry.pw_gid)


def namespaces_work() -> bool:
    return succeeds((*USER_NAMESPACE, "true"))


@cache
def ties_work() -> bool:
    return succeeds(("setpriv", "--pdeathsig", "INT", "true"))


def tie(signal_name: str) -> tuple[str, ...]:
    """Words that make the kernel signal a server when its launcher dies, even by `kill -9`; none on macOS.

    Where there are none, the next start finds the server that was left behind and ends it.
    """
    return ("setpriv", "--pdeathsig", signal_name) if ties_work() else ()


def succeeds(command: tuple[str, ...], identity: Identity = PLAIN) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
            cwd="/",
            user=identity.user,
            group=identity.group,
            extra_groups=identity.extra_groups,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
