"""Who calls the API in a test: keys and clients of named owners, and what they are refused with."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from arena.client import Client, ClientError
from arena.store import keys, players


def key_for(engine: Engine, owner: str, *scopes: str, days: float | None = None) -> str:
    """A fresh key of an owner, who is made if there is none."""
    with engine.begin() as connection:
        return keys.add(connection, players.owner(connection, owner), scopes, "first", days)


class Accounts:
    """Called with an owner and scopes, gives a client with a key of that owner's."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine, self._url = engine, url
        self._made: list[Client] = []

    def __call__(self, owner: str, *scopes: str, days: float | None = None) -> Client:
        self._made.append(Client(self._url, key_for(self._engine, owner, *scopes, days=days)))
        return self._made[-1]

    def close(self) -> None:
        for client in self._made:
            client.close()


def refusal(call: Callable[..., object], *given: object) -> ClientError:
    """With what a call is refused."""
    with pytest.raises(ClientError) as error:
        call(*given)
    return error.value


def refused(call: Callable[..., object], *given: object) -> str:
    """With which code a call is refused."""
    return refusal(call, *given).code


def refused_with(call: Callable[..., object], *given: object) -> tuple[int, str]:
    """With which status and code a call is refused."""
    error = refusal(call, *given)
    return error.status, error.code
