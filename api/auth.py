"""Who calls: API keys as bearer tokens, and the scopes they carry. Reading needs none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import Transaction
from arena.core.errors import NotAllowed, NotAuthenticated
from arena.store import keys

_bearer = HTTPBearer(auto_error=False, description="An API key of the arena.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
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


def needs(scope: str | None) -> Callable[..., Caller]:
    """A dependency: the caller, who must hold a key, and one with this scope, or with `admin`.

    Raises:
        NotAuthenticated: there is no key, or nobody's.
        NotAllowed: the key lacks the scope.
    """

    def caller(connection: Transaction, bearer: Bearer) -> Caller:
        holder = keys.holder(connection, bearer.credentials) if bearer else None
        if holder is None:
            what = "The API key is unknown, revoked or over." if bearer else "This needs an API key."
            raise NotAuthenticated(what, todo="Send `Authorization: Bearer KEY`.")
        key_id, owner_id, scopes = holder
        found = Caller(owner_id, key_id, tuple(scopes))
        if scope is not None and not found.may(scope):
            raise NotAllowed(f"The API key lacks the scope {scope!r}.", todo="Use a key that has it.")
        return found

    return caller


def _perhaps(connection: Transaction, bearer: Bearer) -> Caller | None:
    """Who calls, if he says so: what is public is for those without a key, or with a wrong one, too."""
    holder = keys.holder(connection, bearer.credentials) if bearer else None
    return Caller(holder[1], holder[0], tuple(holder[2])) if holder else None


Anyone = Annotated[Caller | None, Depends(_perhaps)]
Holder = Annotated[Caller, Depends(needs(None))]
"""Whoever holds a key."""
Admin = Annotated[Caller, Depends(needs(ADMIN))]
Submitter = Annotated[Caller, Depends(needs("submit"))]
