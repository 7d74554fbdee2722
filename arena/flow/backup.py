"""backup and restore: a whole arena's database in one tar file, proven equal when it is read back.

One snapshot of every table, and a manifest with the hash of the facts. A restore goes into an empty database, compares
the hash, and refits every ladder: Elo and counts must come out as they were stored.
"""

import errno
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, select, text

from arena.core.errors import BadBackup, BadRequest
from arena.flow.board import Board
from arena.store import dump, ladders, months, revision, schema
from arena.store.tables import Match, Standing, Transcript

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    revision: str
    facts: str
    """SHA-256 of the tables of facts."""
    results: int
    ladders: int


def backup(engine: Engine, target: Path) -> Manifest:
    """Write one consistent snapshot of the database to a tar file; a former file is replaced only by a whole one.

    Raises:
        BadRequest: no file can be written there. Nothing is left behind.
    """
    revision.check(engine)
    fresh = target.with_name(target.name + ".part")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            manifest = _write(engine, file)
        fresh.replace(target)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        what = f"The backup cannot be written to {target}: {error.strerror or error}."
        raise BadRequest(what, todo="Name a file in a folder that can be written to and has room.") from None
    return manifest


def _write(engine: Engine, file: IO[bytes]) -> Manifest:
    with _snapshot(engine) as connection, tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
        for table in dump.TABLES:
            with tempfile.TemporaryFile() as rows:
                for chunk in dump.rows_of(connection, table):
                    rows.write(chunk)
                _add(tar, f"{table.name}.copy", rows)
        manifest = _describe(connection)
        _add(tar, MANIFEST, io.BytesIO(json.dumps(asdict(manifest), indent=1).encode()))
    return manifest


def restore(engine: Engine, source: Path) -> Manifest:
    """Fill an empty database from a backup and prove it equal, all or nothing.

    Raises:
        BadBackup: the file is none, the database is not empty, or what was read is not what was written.
        DatabaseNewer: the backup is of a later version of the arena.
    """
    schema.upgrade(engine)
    try:
        with tarfile.open(source, "r:gz") as tar, engine.begin() as connection:
            manifest = _manifest(tar)
            _check_target(connection, manifest)
            for table in dump.TABLES:
                if table is Transcript.__table__:
                    _make_months(connection)
                dump.load(connection, table, _member(tar, f"{table.name}.copy"))
            dump.follow_sequences(connection)
            prove(connection, manifest)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BadBackup(
            f"{source} cannot be read: {error}.", todo="Nothing was restored; use another backup."
        ) from None
    return manifest


def prove(connection: Connection, manifest: Manifest) -> None:
    """Raises `BadBackup` unless the facts have the manifest's hash and every ladder refits to what is stored."""
    if dump.digest(connection, dump.FACTS) != manifest.facts:
        raise BadBackup("The facts read back are not those that were written.", todo="Use another backup.")
    for name in _ladders(connection):
        stored = {(name, r.version_id): (r.elo, r.wins, r.draws, r.losses) for r in ladders.standings(connection, name)}
        board = Board()
        for row in ladders.counted(connection, name):
            board.play(name, row.match_id, row.seats, row.ranks, row.ladder_seq)
        if board.table() != stored:
            raise BadBackup(f"The ladder {name} does not refit to what was stored.", todo="Use another backup.")


def _make_months(connection: Connection) -> None:
    """A partition for every month of the matches, which are read before their transcripts: so that none is moved."""
    for month in list(months.held(connection, Match.__tablename__, "id", now=datetime.now(UTC))):
        months.make(connection, month)


@contextmanager
def _snapshot(engine: Engine) -> Generator[Connection]:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text("SET TRANSACTION READ ONLY"))
        yield connection


def _describe(connection: Connection) -> Manifest:
    return Manifest(
        format=FORMAT,
        revision=revision.current(connection) or "",
        facts=dump.digest(connection, dump.FACTS),
        results=connection.execute(text("SELECT count(*) FROM result")).scalar_one(),
        ladders=len(_ladders(connection)),
    )


def _ladders(connection: Connection) -> list[str]:
    return list(connection.scalars(select(Standing.ladder).distinct().order_by(Standing.ladder)))


def _check_target(connection: Connection, manifest: Manifest) -> None:
    here = revision.current(connection)
    if (manifest.format, manifest.revision) != (FORMAT, here):
        theirs, ours = (manifest.revision, manifest.format), (here, FORMAT)
        what = f"The backup is of (schema, format) {theirs}; this arena has {ours}."
        raise BadBackup(what, todo="Restore it with the version of the arena that wrote it.")
    if not dump.is_empty(connection):
        raise BadBackup("The database is not empty.", todo="Restore into a new database; nothing was changed.")


def _manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        return Manifest(**json.load(_member(tar, MANIFEST)))
    except TypeError as error:
        raise ValueError(f"its manifest is none: {error}") from None


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = tar.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise ValueError(f"it holds no {name}")
    return found


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = content.seek(0, io.SEEK_END), 0o600
    content.seek(0)
    tar.addfile(info, content)
