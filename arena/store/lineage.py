"""Which key was made with which: what ends with a key that is revoked, and what follows one that was replaced.

The lines are a forest. Nothing else changes them than `follow`, and that only under the lock of `hold`.
"""

from uuid import UUID

from sqlalchemy import Connection, select, text, update

from arena.store.database import any_of
from arena.store.tables import ApiKey

CHANGING = 7_305_010
"""Advisory lock: one change of keys at a time, or a key that is made while its maker is revoked would outlive it."""


def hold(connection: Connection) -> None:
    """Wait until nobody else changes keys, and keep others waiting until the end of the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGING})


def below(connection: Connection, key_id: UUID) -> list[UUID]:
    """A key and all that were made with it, with those, and so on."""
    line = select(ApiKey.id).where(ApiKey.id == key_id).cte("line", recursive=True)
    return list(connection.scalars(select(line.union(select(ApiKey.id).join(line, ApiKey.made_by == line.c.id)).c.id)))


def above(connection: Connection, key_id: UUID) -> list[UUID]:
    """A key, the one that it was made with, and so on to the first."""
    found: list[UUID] = []
    key: UUID | None = key_id
    while key is not None:
        found.append(key)
        key = connection.scalars(select(ApiKey.made_by).where(ApiKey.id == key)).one()
    return found


def follow(connection: Connection, old: UUID, new: UUID, by: UUID, lost: UUID | None) -> None:
    """Put a key, just made with `by`, in the place of an old one: what was made with that goes with this from now on.

    `lost` replaced the old one before, which asks again: what was handed on to it then is handed on to this instead.
    The new one does not go with the old one, but with what the old one did; and with `by`, whose holder knows it.
    """
    line_of_old, line_of_caller = above(connection, old), above(connection, by)
    before = line_of_old[1] if len(line_of_old) > 1 else None
    made_with_old = select(ApiKey.id).where(ApiKey.made_by == old)
    handed_on = select(ApiKey.id).where(ApiKey.made_by == lost, ApiKey.id < ApiKey.made_by)  # older than its holder
    heirs = set(connection.scalars(made_with_old.union(handed_on)))
    # Whoever replaces what it comes from comes from what that came from: else the two would hang on each other.
    over_caller = heirs & {*line_of_caller}
    _move(connection, over_caller, before)
    _move(connection, {new}, before if by in line_of_old else by)
    _move(connection, heirs - over_caller, new)


def _move(connection: Connection, key_ids: set[UUID], below_key: UUID | None) -> None:
    connection.execute(update(ApiKey).where(ApiKey.id == any_of([*key_ids])).values(made_by=below_key))
