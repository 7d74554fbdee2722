"""Identifiers: UUIDv7, so that they sort by the time they were made."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh time-ordered id."""
    return uuid7()


def id_above(last: UUID | None) -> UUID:
    """A fresh id above `last`, also where that was made by a clock ahead of this one."""
    fresh = new_id()
    return fresh if last is None or fresh > last else UUID(int=last.int + 1)


def first_id(moment: datetime) -> UUID:
    """The lowest id that can be made at or after a moment: ids can be compared where times would need an index."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
