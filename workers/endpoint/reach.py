"""Where this process may go for players besides the open Internet. The pool tells each match host when it makes it."""

from arena.core.egress import Network, networks

_allowed: list[Network] = []


def allow(private: str | None) -> None:
    """Let this process reach endpoints in these networks, and no others: see `ARENA_PRIVATE_ENDPOINTS`."""
    _allowed[:] = networks(private)


def allowed() -> tuple[Network, ...]:
    """What `allow` was told last; nothing to begin with."""
    return tuple(_allowed)
