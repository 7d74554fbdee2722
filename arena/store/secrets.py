"""What owners told in confidence of their player versions. Here it is sealed: see `arena.core.vault`."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from arena.store.database import any_of
from arena.store.tables import Secret


def sealed(connection: Connection, version_ids: Iterable[UUID]) -> dict[UUID, dict[str, bytes]]:
    """The secrets of player versions, by name; those that have none are left out."""
    query = select(Secret.version_id, Secret.name, Secret.sealed).where(Secret.version_id == any_of(list(version_ids)))
    found: dict[UUID, dict[str, bytes]] = {}
    for row in connection.execute(query):
        found.setdefault(row.version_id, {})[row.name] = row.sealed
    return found


def held(connection: Connection) -> list[tuple[UUID, str, bytes]]:
    """(version id, name, sealed) of every secret there is, locked."""
    query = select(Secret.version_id, Secret.name, Secret.sealed).order_by(Secret.version_id, Secret.name)
    return [(row.version_id, row.name, row.sealed) for row in connection.execute(query.with_for_update())]


def reseal(connection: Connection, version_id: UUID, name: str, sealed: bytes) -> None:
    """The same secret under another seal: when it was set stays."""
    which = Secret.version_id == version_id, Secret.name == name
    connection.execute(update(Secret).where(*which).values(sealed=sealed))


def put(connection: Connection, version_id: UUID, new: Mapping[str, bytes]) -> None:
    """Store secrets of a version; those of the same names are replaced."""
    if new:
        rows = [{"version_id": version_id, "name": name, "sealed": blob} for name, blob in new.items()]
        fresh = upsert(Secret).values(rows)
        instead = {"sealed": fresh.excluded.sealed, "set_at": fresh.excluded.set_at}
        connection.execute(fresh.on_conflict_do_update(index_elements=["version_id", "name"], set_=instead))


def remove(connection: Connection, version_id: UUID, names: Iterable[str]) -> None:
    """Forget secrets of a version."""
    connection.execute(delete(Secret).where(Secret.version_id == version_id, Secret.name.in_(list(names))))
