"""The arena's API as the commands reach it: where it is, and its errors in the arena's own words."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from arena.client import Client, ClientError
from arena.core.errors import ArenaError, NotAuthenticated, Unreachable
from arena.core.settings import Settings

Url = Annotated[str | None, typer.Option("--url", help="The arena's address; else ARENA_URL, else the one run here.")]


@contextmanager
def arena_at(url: str | None, *, with_key: bool = False) -> Generator[Client]:
    """A client of the arena at `url`, or of the one that this machine's settings point to; with a key if it needs one.

    Raises:
        ArenaError: whatever the API answered; `Unreachable` when it did not.
    """
    with Client(url or find_url(), _key() if with_key else None) as client:
        try:
            yield client
        except ClientError as error:
            raise _own(error) from None


def find_url() -> str:
    """ARENA_URL, else what runs in ARENA_HOME, else the API's own port on this machine."""
    settings = Settings.read()
    if settings.url:
        return settings.url
    try:
        url = json.loads((settings.home / "run.json").read_text()).get("url")
    except (OSError, ValueError):
        url = None
    return str(url) if url else f"http://127.0.0.1:{settings.api_port}"


def _key() -> str:
    settings = Settings.read()
    if settings.api_key:
        return settings.api_key
    try:
        return (settings.home / "admin.key").read_text().strip()
    except OSError:
        what = "This needs an API key."
        raise NotAuthenticated(what, todo="Set ARENA_API_KEY, or ARENA_HOME to the folder of the arena.") from None


def _own(error: ClientError) -> ArenaError:
    if error.code == Unreachable.code:
        return Unreachable(error.what, todo="Start it with `make up` or `arena up`.")
    kinds = {kind.code: kind for kind in ArenaError.__subclasses__()}
    return kinds.get(error.code, ArenaError)(error.what, todo=error.todo)
