"""Who calls, as routes declare it: API keys as bearer tokens, and the scopes they carry. Reading needs none."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.callers import ADMIN, Caller, identify, known
from api.context import Transaction

_bearer = HTTPBearer(auto_error=False, description="An API key of the arena.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def needs(scope: str | None) -> Callable[..., Caller]:
    """A dependency: the caller, who must hold a key, and one with this scope, or with `admin`.

    Raises:
        NotAuthenticated: there is no key, or nobody's.
        NotAllowed: the key lacks the scope.
    """

    def caller(connection: Transaction, bearer: Bearer) -> Caller:
        return identify(connection, bearer.credentials if bearer else None, scope)

    return caller


def _perhaps(connection: Transaction, bearer: Bearer) -> Caller | None:
    """Who calls, if he says so: what is public is for those without a key, or with a wrong one, too."""
    return known(connection, bearer.credentials) if bearer else None


Anyone = Annotated[Caller | None, Depends(_perhaps)]
Holder = Annotated[Caller, Depends(needs(None))]
"""Whoever holds a key."""
Admin = Annotated[Caller, Depends(needs(ADMIN))]
Submitter = Annotated[Caller, Depends(needs("submit"))]
