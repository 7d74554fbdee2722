"""Bring a database to where an arena can start on it: its schema, the reference players, the first admin key."""

import os

from sqlalchemy import Engine

from arena.cli.supervise.home import Home
from arena.flow.submit import seat_references
from arena.store import audit, database, keys, players, revision

ADMIN = "admin"
"""Owner of the first key: somebody else than the arena, whose players are exempt from rules."""


def prepare(engine: Engine, home: Home) -> tuple[str, bool]:
    """The schema's revision, and whether a new admin key was written. Doing it again changes nothing.

    Raises:
        Unreachable, ServerTooOld: the database does not answer, or is too old.
    """
    database.check(engine)
    found = _migrate(engine)
    with engine.begin() as connection:
        seat_references(connection)
    return found, ensure_admin_key(engine, home)


def _migrate(engine: Engine) -> str:
    with engine.connect() as connection:
        found = revision.current(connection)
    if found is not None and found == revision.known()[-1]:
        return found
    from arena.store import schema  # Alembic: not at every start

    return schema.upgrade(engine)


def ensure_admin_key(engine: Engine, home: Home) -> bool:
    """Make the first admin key and write it to a 0600 file; whether one was made.

    A key file that the database does not know (another database, a restored one) is replaced.
    """
    file = home.admin_key
    with engine.begin() as connection:
        if file.exists() and keys.holder(connection, file.read_text().strip()):
            return False
        owner = players.owner(connection, ADMIN)
        key_id, key = keys.made(connection, owner, keys.SCOPES, "first key")
        audit.note(connection, "key.made", str(key_id), {"owner": ADMIN, "scopes": list(keys.SCOPES)})
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(key + "\n")
    return True
