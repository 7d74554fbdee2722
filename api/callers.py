"""Who calls: the owner of a key, and what the key allows."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from arena.core.errors import NotAllowed, NotAuthenticated
from arena.store import keys

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of the key that came with a request."""

    owner_id: UUID
    key_id: UUID
    scopes: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        """Whether the key may do everything, for everybody."""
        return ADMIN in self.scopes

    def may(self, scope: str) -> bool:
        """Whether the key has a scope."""
        return self.is_admin or scope in self.scopes


def known(connection: Connection, key: str) -> Caller | None:
    """The caller of a key, if it is somebody's."""
    holder = keys.holder(connection, key)
    return Caller(holder[1], holder[0], tuple(holder[2])) if holder else None


def identify(connection: Connection, key: str | None, scope: str | None) -> Caller:
    """The caller of a key.

    Raises:
        NotAuthenticated: there is no key, or nobody's.
        NotAllowed: the key lacks the scope.
    """
    found = known(connection, key) if key else None
    if found is None:
        what = "The API key is unknown, revoked or over." if key else "This needs an API key."
        raise NotAuthenticated(what, todo="Send `Authorization: Bearer KEY`.")
    if scope is not None and not found.may(scope):
        raise NotAllowed(f"The API key lacks the scope {scope!r}.", todo="Use a key that has it.")
    return found
