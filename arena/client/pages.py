"""Listings page by page: every page names the one that follows in its `Link` header."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx

from arena.client.errors import ClientError

HERE = "/api/v1"


def each(
    get: Callable[..., httpx.Response], path: str, rows: str | None = None, **parameters: object
) -> Iterator[dict[str, Any]]:
    """Every row of a listing, fetched as they are wanted; `rows` names them in a body that is no list.

    Raises:
        ClientError: the arena refuses, or names a page that is none of its own.
    """
    answer = get(path, params={name: value for name, value in parameters.items() if value is not None})
    while True:
        body = answer.json()
        yield from body if rows is None else body[rows]
        following = answer.links.get("next", {}).get("url")
        if following is None:
            return
        if not following.startswith(HERE + "/"):
            what = f"The page after {path} is said to be at {following[:100]}."
            raise ClientError("server.unreachable", what, "Is this the address of an arena?", answer.status_code)
        answer = get(following.removeprefix(HERE))
