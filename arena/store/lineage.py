"""Which key was made with which: what ends with a key that is revoked, and what follows one that was replaced.

The lines are a forest: a key stands below the one it was made with. Nothing else moves one than `follow`, and that
only under the lock of `hold`, so whoever made a key never gets it out from under the key that it was made with.
"""

from uuid import UUID

from sqlalchemy import Connection, and_, or_, select, text, update

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


def above(connection: Connection, key_id: UUID) -> set[UUID]:
    """A key, the one that it was made with, and so on to the first."""
    line = select(ApiKey.id, ApiKey.made_by).where(ApiKey.id == key_id).cte("line", recursive=True)
    older = select(ApiKey.id, ApiKey.made_by).join(line, ApiKey.id == line.c.made_by)
    return set(connection.scalars(select(line.union(older).c.id)))


def successors(connection: Connection, key_id: UUID) -> list[UUID]:
    """What was made in place of a key, in place of those, and so on."""
    line = select(ApiKey.id).where(ApiKey.replaces == key_id).cte("line", recursive=True)
    later = select(ApiKey.id).join(line, ApiKey.replaces == line.c.id)
    return list(connection.scalars(select(line.union(later).c.id)))


def follow(connection: Connection, old: UUID, new: UUID, by: UUID) -> None:
    """Put a key, just made with `by`, in the place of an old one.

    Done with the old one or with what that comes from, it stands where the old one does, and what was made with that
    goes with it from now on: also what an earlier successor was handed, whose answer was lost. Done with any other,
    nothing moves: its holder knows the new one, which so goes with that, and whoever comes from the old one (a thief
    who made a second key with a stolen one) would else lift themselves out of what goes with it.
    """
    place, handed_on = connection.execute(select(ApiKey.made_by, ApiKey.handed_on).where(ApiKey.id == old)).one()
    by_its_line = by in above(connection, old)
    values = {"made_by": place, "handed_on": handed_on and by == old} if by_its_line else {"made_by": by}
    connection.execute(update(ApiKey).where(ApiKey.id == new).values(replaces=old, **values))
    if by_its_line:
        lost = select(ApiKey.id).where(ApiKey.replaces == old)
        heirs = or_(ApiKey.made_by == old, and_(ApiKey.handed_on, ApiKey.made_by.in_(lost)))
        connection.execute(update(ApiKey).where(heirs).values(made_by=new, handed_on=True))
