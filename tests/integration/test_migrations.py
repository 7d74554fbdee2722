from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from arena.core.errors import DatabaseBusy, DatabaseNewer, DatabaseOlder
from arena.store import database, revision, schema
from arena.store.months import is_partition
from arena.store.tables import Base
from tests.patience import until

CATALOGUE = {
    "columns": """SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default
                  FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
    "partitioned by": "SELECT partrelid::regclass::text, pg_get_partkeydef(partrelid) FROM pg_partitioned_table",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                      WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
}


def described(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """The schema. Partitions are no part of it: they come and go with the months, as rows do."""
    with engine.connect() as connection:
        found = {what: [tuple(r) for r in connection.execute(text(q))] for what, q in CATALOGUE.items()}
    return {what: [r for r in rows if not is_left_out(str(r[0]))] for what, rows in found.items()}


def is_left_out(table: str) -> bool:
    return table == "alembic_version" or is_partition(table)


def test_a_migrated_database_equals_a_fresh_one(engine: Engine) -> None:
    migrated = described(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        Base.metadata.create_all(connection)
    assert described(engine) == migrated


def test_the_models_say_nothing_a_migration_does_not(engine: Engine) -> None:
    opts = {"include_name": lambda name, kind, parents: kind != "table" or not is_partition(name)}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=opts), Base.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    before = described(engine)
    schema.upgrade(engine)
    assert described(engine) == before


def test_an_empty_database_is_older(empty_url: str) -> None:
    with pytest.raises(DatabaseOlder, match="arena db upgrade"):
        revision.check(database.connect(empty_url))


def test_a_newer_database_is_refused_unchanged(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = described(engine)
    for refuse in (revision.check, schema.upgrade):
        with pytest.raises(DatabaseNewer, match="9999"):
            refuse(engine)
    assert described(engine) == before


def test_a_migration_that_cannot_lock_gives_up_unharmed(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = database.connect(empty_url)
    monkeypatch.setattr(schema, "OTHER_MS", 200)
    with engine.begin() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema.MIGRATING})
        with pytest.raises(DatabaseBusy, match="Nothing has changed"):
            schema.upgrade(engine)
    schema.upgrade(engine)
    revision.check(engine)


def test_a_second_migration_waits_for_a_long_first_one(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = database.connect(empty_url)
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 50)
    waiting = text("""SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event = 'advisory' AND clock_timestamp() - query_start > interval '500 ms'""")

    def waits_long() -> bool:
        with engine.connect() as connection:
            return connection.execute(waiting).scalar_one() == 1

    with ThreadPoolExecutor(1) as pool, engine.connect() as first:
        first.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema.MIGRATING})
        second = pool.submit(schema.upgrade, engine)
        until("the second to wait", lambda: second.done() or waits_long())
        first.rollback()
        assert second.result(60)
    revision.check(engine)


def test_a_migration_interrupted_half_way_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = database.connect(empty_url)

    def interrupted(config: object, revision: str) -> None:
        real(config, revision)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    real = schema.command.upgrade
    monkeypatch.setattr(schema.command, "upgrade", interrupted)
    with pytest.raises(KeyboardInterrupt):
        schema.upgrade(engine)
    assert not any(described(engine).values())
    monkeypatch.undo()
    schema.upgrade(engine)
    revision.check(engine)
