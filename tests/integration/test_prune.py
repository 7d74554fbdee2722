"""Pruning: old months and told events go, facts stay; stopped anywhere it can be run again, beside whatever runs."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from arena.core.errors import DatabaseBusy
from arena.core.settings import Settings
from arena.flow import prune as flow
from arena.flow.backup import backup, restore
from arena.flow.desk import Desk
from arena.flow.prune import Limits, Upkeep, keep_up, plan, prune
from arena.flow.refit import refit, void
from arena.store import database, months, outbox
from tests.integration.archive import NOW, Archive, ago, blobs
from tests.integration.roles import another_role
from tests.patience import until

HALF_A_YEAR = Limits(timedelta(days=180), timedelta(days=30))
LONG_AGO = (300, 299, 200, 185, 100, 40, 0)
"""Days before now. 180 days reach into May, which is therefore kept: 200 and 185 are of it; 300 and 299 are not."""


@pytest.fixture
def archive(engine: Engine) -> Archive:
    archive = Archive(engine)
    archive.happen(3, *map(ago, LONG_AGO))
    keep_up(engine, NOW)
    return archive


def test_whole_old_months_and_old_events_go_and_facts_stay(archive: Archive, engine: Engine) -> None:
    before = archive.lasting()
    assert list(archive.months().values()) == [6, 6, 3, 3, 3]
    planned = plan(engine, HALF_A_YEAR, NOW)
    assert [(i.what, i.month, i.rows) for i in planned] == [("transcripts", "2026-01", 6), ("feed", None, 18)]
    assert all(i.bytes > 100 * i.rows for i in planned)
    assert list(prune(engine, HALF_A_YEAR, NOW)) == planned
    assert list(archive.months().values()) == [6, 3, 3, 3]
    assert archive.told() == [19, 20, 21]
    assert archive.lasting() == before
    assert plan(engine, HALF_A_YEAR, NOW) == list(prune(engine, HALF_A_YEAR, NOW)) == []


def test_what_never_got_its_month_goes_too(engine: Engine) -> None:
    archive = Archive(engine)
    archive.happen(2, ago(300), ago(0))
    assert archive.months() == {months.DEFAULT: 4}
    (planned,) = plan(engine, Limits(timedelta(days=180), None), NOW)
    assert (planned.month, planned.rows) == (None, 2)
    assert sum(i.rows for i in prune(engine, Limits(timedelta(days=180), None), NOW)) == 2
    assert archive.months() == {months.DEFAULT: 2}


def test_without_limits_all_is_kept(archive: Archive, engine: Engine) -> None:
    assert plan(engine, Limits(None, None), NOW) == list(prune(engine, Limits(None, None), NOW)) == []
    assert archive.count("transcript") == archive.count("outbox") == 21


def test_ratings_are_recomputed_without_transcripts(archive: Archive, engine: Engine) -> None:
    first = UUID(str(archive.rows("SELECT match_id FROM result ORDER BY match_id LIMIT 1")[0][0]))
    list(prune(engine, Limits(timedelta(days=1), timedelta(days=1)), NOW))
    assert archive.count("transcript") == 3
    standings = archive.standings()
    with engine.begin() as connection:
        refit(connection, "tic_tac_toe/open")
    assert archive.standings() == standings
    with engine.begin() as connection:
        void(connection, first, "a test")
    games = sum(int(str(w)) + int(str(d)) + int(str(n)) for *_, w, d, n in archive.standings())
    assert games == 2 * 20


def test_what_waits_is_kept_and_numbers_go_on(engine: Engine) -> None:
    archive = Archive(engine)
    archive.happen(3, ago(50))
    with engine.begin() as connection:
        outbox.add(connection, [("test", {"n": 1})])
        connection.execute(text("UPDATE outbox SET created_at = :at"), {"at": ago(400)})
    assert sum(i.rows for i in prune(engine, HALF_A_YEAR, NOW)) == 2
    assert archive.told() == [3, None]
    archive.tell()
    assert archive.told() == [3, 4]
    list(prune(engine, HALF_A_YEAR, NOW))
    assert archive.told() == [4]


def test_an_event_told_late_keeps_those_after_it(engine: Engine) -> None:
    archive = Archive(engine)
    archive.happen(1, ago(50), ago(1), ago(50))
    list(prune(engine, HALF_A_YEAR, NOW))
    assert archive.told() == [2, 3]  # a prefix goes, never a piece from the middle


def test_stopped_after_any_step_it_can_be_run_again(
    archive: Archive, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "BATCH", 5)
    limits, before = Limits(timedelta(days=60), timedelta(days=30)), archive.lasting()
    steps = 0
    while (step := next(prune(engine, limits, NOW), None)) is not None:
        steps += 1
        assert step.rows
        told = archive.told()
        assert told == list(range(int(str(told[0])), 22))
        assert archive.lasting() == before
    assert steps == 3 + 4  # three months, 18 events in fives
    assert archive.count("transcript") == 6


def test_a_step_that_fails_is_undone_whole(archive: Archive, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real, before = months.drop, blobs(archive)

    def killed(connection: object, month: object) -> None:
        real(connection, month)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(months, "drop", killed)
    with pytest.raises(KeyboardInterrupt):
        list(prune(engine, HALF_A_YEAR, NOW))
    assert blobs(archive) == before
    monkeypatch.undo()
    list(prune(engine, HALF_A_YEAR, NOW))
    assert archive.count("transcript") == 15


def test_beside_a_backup_it_refuses_and_holds_nobody_up(
    archive: Archive, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(flow, "PAUSE_S", 0.01)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM transcript"))
        with pytest.raises(DatabaseBusy, match="backup"):
            list(prune(engine, HALF_A_YEAR, NOW))
        assert archive.count("outbox") == 21
        archive.happen(2, ago(0))  # settling goes on
    assert sum(i.rows for i in prune(engine, HALF_A_YEAR, NOW)) == 6 + 18


def test_beside_settling(archive: Archive, engine: Engine) -> None:
    reports = archive.reports(40, ago(0))
    thread = threading.Thread(target=lambda: list(prune(engine, HALF_A_YEAR, NOW)))
    thread.start()
    settled = archive.settle(reports, batch=4)
    thread.join()
    assert (settled.accepted, settled.refused) == (40, 0)
    assert archive.count("transcript") == 15 + 40
    assert archive.count("result") == 21 + 40


def test_two_at_once_delete_once(archive: Archive, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []
    both_have_looked = threading.Barrier(2, timeout=20)
    real = flow._drop

    def drop(connection: Connection, month: months.Month) -> tuple[int, int]:
        both_have_looked.wait()
        return real(connection, month)

    def run() -> None:
        found.append(sum(i.rows for i in prune(engine, HALF_A_YEAR, NOW)))

    monkeypatch.setattr(flow, "_drop", drop)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert sum(found) == 6 + 18
    assert archive.count("transcript") == 15


def test_a_pruned_arena_is_backed_up_and_restored(archive: Archive, engine: Engine, tmp_path: Path) -> None:
    list(prune(engine, HALF_A_YEAR, NOW))
    before, by_month, told = archive.lasting(), archive.months(), archive.told()
    backup(engine, tmp_path / "b.tar")
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    assert restore(engine, tmp_path / "b.tar").results == 21
    assert (archive.lasting(), archive.months(), archive.told()) == (before, by_month, told)
    archive.happen(1, ago(0))
    assert archive.told() == [*told, 22]


@pytest.fixture
def real_archive(engine: Engine) -> Archive:
    """One whose past is of the real clock."""
    archive = Archive(engine)
    archive.happen(2, datetime.now(UTC) - timedelta(days=400), datetime.now(UTC))
    return archive


def test_the_desk_keeps_for_ever_unless_told(real_archive: Archive, engine: Engine) -> None:
    Upkeep(engine, None, threading.Event()).once()
    assert real_archive.count("transcript") == real_archive.count("outbox") == 4
    assert months.DEFAULT not in real_archive.months()
    Upkeep(engine, 30, threading.Event()).once()
    assert real_archive.count("transcript") == real_archive.count("outbox") == 2


def test_the_desk_prunes_once_a_day(real_archive: Archive, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Limits] = []

    def counted(engine: Engine, limits: Limits) -> Iterator[flow.Item]:
        ran.append(limits)
        return iter([])

    monkeypatch.setattr(flow, "prune", counted)
    now = [1e6]
    monkeypatch.setattr(flow.time, "monotonic", lambda: now[0])
    upkeep = Upkeep(engine, 30, threading.Event())
    for seconds in (0, 3600, 80_000, 10_000, 3600):
        now[0] += seconds
        upkeep.once()
    assert ran == [Limits(timedelta(days=30), timedelta(days=30))] * 2


def test_a_desk_that_runs_does_it(real_archive: Archive, engine: Engine, client: Redis) -> None:
    desk = Desk(Settings(keep_days=30, pace=0), engine, client)
    thread = threading.Thread(target=desk.run)
    thread.start()
    try:
        until("the old transcripts to go", lambda: real_archive.count("transcript") == 2)
        until("the old events to go", lambda: real_archive.count("outbox") == 2)
    finally:
        desk.stop()
        thread.join(10)
    assert not thread.is_alive()


def test_a_role_that_does_not_own_the_tables_is_told_and_ends_nothing(
    real_archive: Archive, database_url: str, engine: Engine, client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    with another_role(engine, database_url) as url:
        theirs = database.connect(url)
        desk = Desk(Settings(keep_days=30, pace=0), theirs, client)
        thread = threading.Thread(target=desk.run)
        thread.start()
        try:
            until("it to say so", lambda: "own the tables" in caplog.text)
            with engine.begin() as connection:
                outbox.add(connection, [("test", {"n": 1})])
            until("the relay to go on", lambda: None not in real_archive.told())
        finally:
            desk.stop()
            thread.join(10)
            theirs.dispose()
    assert "must be owner" in caplog.text or "permission denied" in caplog.text
    assert real_archive.count("transcript") == 4


def test_a_server_that_is_away_is_no_refusal(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(engine: Engine) -> list[months.Month]:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(flow, "keep_up", away)
    with pytest.raises(OperationalError):  # the desk waits and tries again soon, not in an hour
        Upkeep(engine, 30, threading.Event()).once()


def test_a_held_table_is_left_for_the_next_time(
    real_archive: Archive, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(flow, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(flow, "PAUSE_S", 0.01)
    upkeep = Upkeep(engine, 30, threading.Event())
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM transcript"))
        upkeep.once()
        assert "holds the table" in caplog.text
        assert real_archive.count("transcript") == 4
    upkeep.once()
    assert real_archive.count("transcript") == 2
