"""The arena's API as the commands reach it: where it is, and its errors in the arena's own words."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlsplit

import typer

from arena.client import Client, ClientError
from arena.core.brief import brief
from arena.core.errors import ArenaError, BadRequest, NotAuthenticated, Unreachable
from arena.core.settings import Settings

Url = Annotated[str | None, typer.Option("--url", help="The arena's address; else ARENA_URL, else the one run here.")]


@contextmanager
def arena_at(url: str | None, *, with_key: bool = False) -> Generator[Client]:
    """A client of the arena at `url`, or of the one that this machine's settings point to; with a key if it needs one.

    Raises:
        ArenaError: whatever the API answered; `Unreachable` when it did not.
    """
    key, source = _key() if with_key else (None, "")
    with Client(_checked(url) if url else find_url(), key) as client:
        try:
            yield client
        except ClientError as error:
            if error.code == NotAuthenticated.code and source:
                # No colon after the variable's name: what follows one is taken for the key, and hidden.
                todo = f"It was read from {source}; put a key of this arena there."
                raise NotAuthenticated(error.what, todo=todo) from None
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


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        fine = False
    if not fine:
        todo = "It should be like http://127.0.0.1:8000."
        raise BadRequest(f"--url {brief(url, 200)} is no address of an arena.", todo=todo)
    return url


def _key() -> tuple[str, str]:
    """The key, and where it comes from."""
    settings = Settings.read()
    if settings.api_key:
        return settings.api_key, "ARENA_API_KEY"
    file = settings.home / "admin.key"
    try:
        return file.read_text().strip(), str(file)
    except OSError:
        what = "This needs an API key."
        raise NotAuthenticated(what, todo="Set ARENA_API_KEY, or ARENA_HOME to the folder of the arena.") from None


def _own(error: ClientError) -> ArenaError:
    if error.code == Unreachable.code:
        return Unreachable(error.what, todo="Start it with `make up` or `arena up`.")
    kinds = {kind.code: kind for kind in ArenaError.__subclasses__()}
    own = kinds.get(error.code, ArenaError)(error.what, todo=error.todo)
    own.code = error.code  # some are HTTP's own, or a newer arena's, and have no class here
    return own
