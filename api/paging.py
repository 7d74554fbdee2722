"""Pages of a listing: `limit` rows after or before a cursor, and a `Link` to the page that follows. Bodies stay lists.

A cursor is the id or the name of a row: what is added or goes meanwhile neither doubles a row nor skips one.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query, Request, Response

T = TypeVar("T")
Cursor = TypeVar("Cursor", UUID, str)
NAME_LETTERS = 200


class Pager(Generic[Cursor]):
    """What a request wants of a listing: `more` rows behind `cursor` are to be read, `cut` gives those to be told."""

    def __init__(self, request: Request, response: Response, parameter: str, cursor: Cursor | None, limit: int) -> None:
        self._request, self._response, self._parameter = request, response, parameter
        self.cursor, self._limit = cursor, limit

    @property
    def more(self) -> int:
        """One more than are told: it says whether a page follows."""
        return self._limit + 1

    def cut(self, rows: Sequence[T], key: Callable[[T], Cursor]) -> list[T]:
        """The rows of this page; where others follow, `Link` names the next one."""
        told = list(rows[: self._limit])
        if len(rows) > self._limit:
            after = self._request.url.include_query_params(**{self._parameter: str(key(told[-1]))})
            self._response.headers["Link"] = f'<{after.path}?{after.query}>; rel="next"'
        return told


def newest_first(usual: int, most: int) -> Callable[..., Pager[UUID]]:
    """A dependency: pages that go back in time, `before` an id."""

    def pager(
        request: Request, response: Response,
        before: Annotated[UUID | None, Query(description="Only what is older than this id.")] = None,
        limit: Annotated[int, Query(ge=1, le=most, description="Rows at most.")] = usual,
    ) -> Pager[UUID]:  # fmt: skip
        return Pager(request, response, "before", before, limit)

    return pager


def oldest_first(usual: int, most: int) -> Callable[..., Pager[UUID]]:
    """A dependency: pages that go on in time, `after` an id."""

    def pager(
        request: Request, response: Response,
        after: Annotated[UUID | None, Query(description="Only what is younger than this id.")] = None,
        limit: Annotated[int, Query(ge=1, le=most, description="Rows at most.")] = usual,
    ) -> Pager[UUID]:  # fmt: skip
        return Pager(request, response, "after", after, limit)

    return pager


def by_name(usual: int, most: int) -> Callable[..., Pager[str]]:
    """A dependency: pages in the order of names, `after` a name."""

    def pager(
        request: Request, response: Response,
        after: Annotated[str | None, Query(max_length=NAME_LETTERS, description="Only what comes after it.")] = None,
        limit: Annotated[int, Query(ge=1, le=most, description="Rows at most.")] = usual,
    ) -> Pager[str]:  # fmt: skip
        return Pager(request, response, "after", after, limit)

    return pager
