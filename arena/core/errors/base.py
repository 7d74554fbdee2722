"""The errors a person can meet. Each has a stable code, says what is wrong, and says what to do next.

Expected outcomes of a game (an illegal move, a timeout, a forfeit) are values, not errors: see `arena.core.wire`.
"""

from collections.abc import Callable
from functools import partial

from arena.core.brief import brief

MOST = 1000
"""Characters of what is wrong, and of what to do: either may quote what somebody sent."""


class ArenaError(Exception):
    """Base of every error meant for a person. `code` is stable: clients may branch on it."""

    code: str = "arena.error"

    def __init__(self, what: str, *, todo: str) -> None:
        self.what, self.todo = brief(what, MOST), brief(todo, MOST)
        super().__init__(f"{self.what} {self.todo}")

    def __reduce__(self) -> tuple[Callable[..., "ArenaError"], tuple[str, str]]:
        """As itself between processes: Ray carries what a task raises."""
        return partial(_remade, type(self)), (self.what, self.todo)


def _remade(kind: type[ArenaError], what: str, todo: str) -> ArenaError:
    return kind(what, todo=todo)
