"""The arena's API as the commands reach it: where it is, and its errors in the arena's own words."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from arena.client import Client, ClientError
from arena.core.errors import ArenaError, Unreachable
from arena.core.settings import Settings

Url = Annotated[str | None, typer.Option("--url", help="The arena's address; else ARENA_URL, else the one run here.")]


@contextmanager
def arena_at(url: str | None) -> Generator[Client]:
    """A client of the arena at `url`, or of the one that this machine's settings point to.

    Raises:
        ArenaError: whatever the API answered; `Unreachable` when it did not.
    """
    with Client(url or find_url()) as client:
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


def _own(error: ClientError) -> ArenaError:
    if error.code == Unreachable.code:
        return Unreachable(error.what, todo="Start it with `make up` or `arena up`.")
    kinds = {kind.code: kind for kind in ArenaError.__subclasses__()}
    return kinds.get(error.code, ArenaError)(error.what, todo=error.todo)
