"""How a law says that a game breaks it, or that it has nothing to check."""


class LawBroken(Exception):
    """The game breaks the law. The message is the reason, for the game's author."""


class NotChecked(Exception):
    """The law does not apply to this game, or cannot be checked here. The message says why."""


def require(holds: bool, reason: str) -> None:
    """Raise `LawBroken(reason)` unless `holds`."""
    if not holds:
        raise LawBroken(reason)
