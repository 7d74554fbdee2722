"""Transcripts by month: an insert never fails, nothing is lost while partitions are made."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from arena.core.errors import DatabaseBusy
from arena.flow import prune
from arena.flow.prune import keep_up
from arena.store import database, ladders, months, revision, schema
from arena.store.months import Month
from tests.integration.archive import NOW, Archive, ago, blobs, id_of, packed
from tests.integration.test_migrations import described

MOMENTS = [
    datetime(y, m, d, tzinfo=UTC)
    for y, m, d in ((1999, 1, 1), (2025, 12, 31), (2026, 1, 1), (2026, 10, 1), (2026, 10, 31))
]


@pytest.mark.parametrize(
    ("moment", "name", "following"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), "transcript_y2026m11", "transcript_y2026m12"),
        (datetime(2026, 12, 1, tzinfo=UTC), "transcript_y2026m12", "transcript_y2027m01"),
    ],
)
def test_a_month_is_a_range_of_ids(moment: datetime, name: str, following: str) -> None:
    month = Month.of(moment)
    assert (month.partition, month.next.partition) == (name, following)
    low, high = month.ids
    assert low <= id_of(moment) < high == month.next.ids[0]


def test_this_and_the_next_month_are_made_once(engine: Engine) -> None:
    assert keep_up(engine, NOW) == [Month(2026, 11), Month(2026, 12)]
    assert keep_up(engine, NOW) == []
    archive = Archive(engine)
    archive.happen(2, NOW)
    assert archive.months() == {"transcript_y2026m11": 2}


def test_what_has_no_month_is_kept_and_moved_when_it_gets_one(engine: Engine) -> None:
    archive = Archive(engine)
    reports = archive.reports(2, ago(100), ago(40), NOW)
    assert archive.settle(reports).accepted == 6
    assert archive.months() == {months.DEFAULT: 6}
    keep_up(engine, NOW)
    by_month = {"transcript_y2026m08": 2, "transcript_y2026m10": 2, "transcript_y2026m11": 2}
    assert archive.months() == by_month
    assert blobs(archive) == packed(reports)


def test_ids_of_a_wrong_clock_stay_in_the_default(engine: Engine) -> None:
    archive = Archive(engine)
    archive.settle(archive.reports(1, datetime(1999, 5, 5, tzinfo=UTC), datetime(2999, 5, 5, tzinfo=UTC)))
    assert keep_up(engine, NOW) == [Month(2026, 11), Month(2026, 12)]
    assert archive.months() == {months.DEFAULT: 2}


def test_settling_goes_on_while_months_are_made(engine: Engine) -> None:
    archive = Archive(engine)
    moments = [ago(30 * n) for n in range(6)]
    reports = archive.reports(20, *moments)
    kept: list[Month] = []
    over = threading.Event()

    def keep() -> None:
        while not over.is_set():
            kept.extend(keep_up(engine, NOW))

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        for start in range(0, len(reports), 4):
            settled = archive.settle(reports[start : start + 4], batch=2)
            assert (settled.accepted, settled.refused) == (4, 0)
    finally:
        over.set()
        thread.join()
    keep_up(engine, NOW)
    assert blobs(archive) == packed(reports)
    assert months.DEFAULT not in archive.months()
    assert len(kept) == len(set(kept)) >= 6


def test_a_batch_under_way_is_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    in_vain(monkeypatch)
    with engine.begin() as settling:
        ladders.lock(settling)  # as settling does first of all, long before it writes a transcript
        with pytest.raises(DatabaseBusy, match="Run it again"):
            keep_up(engine, NOW)
        write = "INSERT INTO transcript VALUES (CAST(:id AS uuid), 'x')"
        settling.execute(text(write), {"id": str(id_of(NOW))})
    assert keep_up(engine, NOW)
    assert Archive(engine).months() == {"transcript_y2026m11": 1}


def test_readers_are_not_kept_out_while_a_month_is_made(engine: Engine) -> None:
    archive = Archive(engine)
    keep_up(engine, NOW)
    reports = archive.reports(1, NOW)
    archive.settle(reports)
    with engine.begin() as making:
        assert months.make(making, Month(2027, 3))
        assert read(engine, reports[0].match_id)


def test_a_lock_that_is_let_go_is_taken_at_the_next_try(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = engine.connect()
    holder.execute(text("LOCK TABLE transcript_default IN ACCESS SHARE MODE"))
    monkeypatch.setattr(prune, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(prune.time, "sleep", lambda s: holder.rollback())
    assert len(keep_up(engine, NOW)) == 2
    holder.close()


def in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tries be short."""
    monkeypatch.setattr(prune, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(prune, "PAUSE_S", 0.01)


def read(engine: Engine, match_id: str) -> bytes | None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '1s'"))
        return connection.execute(
            text("SELECT blob FROM transcript WHERE match_id = CAST(:id AS uuid)"), {"id": match_id}
        ).scalar()


def migrate(engine: Engine, how: Callable[..., None], to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.folder()))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        how(config, to)


@pytest.fixture
def first(empty_url: str) -> Engine:
    """A database at the first revision, with transcripts of several months in it."""
    engine = database.connect(empty_url)
    migrate(engine, command.upgrade, "0001")
    with engine.begin() as connection:
        for n, moment in enumerate(MOMENTS):
            insert(connection, id_of(moment), bytes([n]) * 3000)
    return engine


def insert(connection: Connection, match_id: object, blob: bytes) -> None:
    match = """
        INSERT INTO match (id, game, variant, rounds, opening_plies, view, ply_clock_ms, match_clock_ms, illegal_budget,
            rules_hash, league, purpose, seed, nonce, commitment, propensity, seats)
        VALUES (:id, 'g', 'v', 1, 0, 'p', 1, 1, 1, '', 'open', 'rated', 1, '', '', 1, '{}')
    """
    connection.execute(text(match), {"id": match_id})
    connection.execute(text("INSERT INTO transcript VALUES (:id, :blob)"), {"id": match_id, "blob": blob})


def rows(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(r) for r in connection.execute(text("SELECT * FROM transcript ORDER BY 1"))]


def test_a_full_table_is_converted_there_and_back(first: Engine) -> None:
    before, schema_before = rows(first), described(first)
    migrate(first, command.upgrade, "0002")
    assert rows(first) == before
    with first.connect() as connection:
        assert months.made(connection) == [Month(2025, 12), Month(2026, 1), Month(2026, 10)]
        outside = connection.execute(text("SELECT count(*) FROM transcript_default")).scalar()
        assert outside == 1
    migrate(first, command.downgrade, "0001")
    assert rows(first) == before
    assert described(first) == schema_before
    first.dispose()


def test_a_conversion_that_cannot_lock_changes_nothing(first: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before, schema_before = rows(first), described(first)
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 100)
    with first.begin() as reader:
        reader.execute(text("SELECT count(*) FROM transcript"))
        with pytest.raises(DatabaseBusy, match="Nothing has changed"):
            schema.upgrade(first)
    assert (rows(first), described(first)) == (before, schema_before)
    schema.upgrade(first)
    assert rows(first) == before
    first.dispose()
