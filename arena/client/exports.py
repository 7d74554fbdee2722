"""Exports as they come: a line at a time, however many there are."""

from collections.abc import Iterator

import httpx

from arena.client.errors import refusal, silence

QUIET_S = 120.0


def lines(http: httpx.Client, path: str, **filters: str | None) -> Iterator[str]:
    """The lines of an export, without their ends.

    Raises:
        ClientError: the arena refuses, or is silent; also in the middle, when the rest does not come.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    try:
        with http.stream("GET", path, params=given, timeout=httpx.Timeout(30.0, read=QUIET_S)) as answer:
            if answer.is_error:
                answer.read()
                raise refusal(answer)
            yield from answer.iter_lines()
    except httpx.HTTPError as error:
        raise silence(str(http.base_url), error) from error
