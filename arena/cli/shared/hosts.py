"""What the match hosts of a local Ray log: one file a process, in the folders Ray makes for each of its sessions."""

from pathlib import Path

from arena.cli.shared.tail import Tail

FILES = "session_*/logs/worker-*.err"
MARKS = (":job_id:", ":actor_name:", ":task_name:")
"""What Ray itself writes among the lines, for readers of its own."""


class Hosts:
    """As `Tail`, for all of these files together; new ones are found as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tails: dict[Path, Tail] = {}

    def last(self, lines: int) -> list[str]:
        """The last so many lines: those of the hosts that logged last."""
        found = [line for file in self._files() for line in self._tail(file).last(lines)]
        return _plain(found)[-lines:] if lines else []

    def fresh(self) -> list[str]:
        """Whole lines written since the last look."""
        return _plain([line for file in self._files() for line in self._tail(file).fresh()])

    def _files(self) -> list[Path]:
        # `session_latest` is a link to one of the others.
        files = [f for f in self._folder.glob(FILES) if not f.parents[1].is_symlink()]
        return sorted(files, key=lambda f: f.stat().st_mtime)

    def _tail(self, file: Path) -> Tail:
        return self._tails.setdefault(file, Tail(file))


def _plain(lines: list[str]) -> list[str]:
    return [line for line in lines if line and not line.startswith(MARKS)]
