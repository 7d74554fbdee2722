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


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of the key that came with a request."""

    owner_id: UUID
    scopes: tuple[str, ...]


def needs(scope: str) -> Callable[..., Caller]:
    """A dependency: the caller, who must hold a key with this scope.

    Raises:
        NotAuthenticated: there is no key, or nobody's.
        NotAllowed: the key lacks the scope.
    """

    def caller(connection: Transaction, bearer: Bearer) -> Caller:
        holder = keys.holder(connection, bearer.credentials) if bearer else None
        if holder is None:
            what = "The API key is unknown or revoked." if bearer else "This needs an API key."
            raise NotAuthenticated(what, todo="Send `Authorization: Bearer KEY`.")
        owner_id, scopes = holder
        if scope not in scopes:
            raise NotAllowed(f"The API key lacks the scope {scope!r}.", todo="Use a key that has it.")
        return Caller(owner_id, tuple(scopes))

    return caller


Admin = Annotated[Caller, Depends(needs("admin"))]
