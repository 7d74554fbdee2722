"""Rows and checkpoints in PostgreSQL, as a run writes them under its lease; and how a checkpoint becomes a player."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from arena.core import ids
from arena.core.errors import JobLost, Unreachable
from arena.core.settings import Settings
from arena.embedded.launch import free_port
from arena.flow.submit import Submission
from arena.store import players, training
from arena.store.artifacts import Artifacts
from tests.integration.jobs.desk import Desk
from tests.integration.jobs.learning import Learning
from tests.play import enter, order, settle
from workers.jobs.outlast import Stop
from workers.jobs.work import Work

HASH = "ab" * 32
MANIFEST = {"content_hash": HASH}


def work(learning: Learning, tmp_path: Path) -> Work:
    return Work(Settings(home=tmp_path), learning.desk.engine, learning.run, Artifacts(tmp_path.as_uri()), Stop())


def submission(folder: str, name: str = "kuhn") -> Submission:
    return Submission(name, "checkpoint", {"checkpoint": folder, "content_hash": HASH}, games=("kuhn_poker",))


def test_rows_are_kept_in_order_and_thinned_evenly(desk: Desk) -> None:
    learning, other = Learning(desk), Learning(desk)
    other.update(1, loss=9.0)
    for step in range(1, 101):
        learning.update(step, loss=step / 8, **({"nashconv__last": 0.5} if step % 10 == 0 else {}))
    rows = desk.do(training.metrics, learning.id, limit=500)
    assert [(r.step, r.generation, r.numbers["loss"]) for r in rows] == [(k, 1, k / 8) for k in range(1, 101)]
    assert desk.do(training.metrics, learning.id, after=rows[97].id) == rows[98:]
    assert [r.step for r in desk.do(training.thinned, learning.id, 10)] == list(range(10, 101, 10))
    assert [r.step for r in desk.do(training.thinned, learning.id, 1000)] == list(range(1, 101))
    measured = desk.do(training.thinned, learning.id, 5, "nashconv.")
    assert [r.step for r in measured] == [20, 40, 60, 80, 100]
    assert desk.do(training.thinned, learning.id, 5, "nash_onv.") == []


def test_rows_of_a_machine_whose_clock_is_behind_come_last_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    learning = Learning(desk)
    with monkeypatch.context() as ahead:
        ahead.setattr(ids, "new_id", lambda: ids.first_id(datetime.now(UTC) + timedelta(hours=1)))
        learning.update(1, loss=1.0)
        learning.checkpoint(1)
    seen = desk.do(training.metrics, learning.id)[-1].id
    learning.update(2, loss=2.0)
    learning.checkpoint(2)
    learning.update(3, loss=3.0)
    assert [r.step for r in desk.do(training.metrics, learning.id, after=seen)] == [2, 3]
    assert [c.step for c in desk.do(training.checkpoints, learning.id)] == [1, 2]


def test_a_run_that_lost_its_job_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    learning = Learning(desk)
    run = work(learning, tmp_path)
    run.measured(1, {"loss": 1.0})
    desk.lose(learning.id)
    assert desk.begin() is not None
    with pytest.raises(JobLost):
        run.measured(2, {"loss": 2.0})
    with pytest.raises(JobLost):
        run.checkpointed(2, "jobs/x", MANIFEST, submission("jobs/x"))
    assert [r.step for r in desk.do(training.metrics, learning.id)] == [1]
    assert desk.do(training.checkpoints, learning.id) == []
    assert desk.do(players.latest, "kuhn") is None


def test_a_checkpoint_becomes_a_version_of_the_job_s_owner(desk: Desk, tmp_path: Path) -> None:
    learning = Learning(desk)
    run = work(learning, tmp_path)
    run.checkpointed(100, "jobs/x/1", MANIFEST, submission("jobs/x/1"))
    run.checkpointed(200, "jobs/x/2", MANIFEST, submission("jobs/x/2"))
    run.checkpointed(300, "jobs/x/3", MANIFEST, None)
    found = desk.do(training.checkpoints, learning.id)
    assert [(c.step, c.folder) for c in found] == [(100, "jobs/x/1"), (200, "jobs/x/2"), (300, "jobs/x/3")]
    versions = desk.do(players.versions, player="kuhn")
    assert [v.id for v in versions] == [found[0].version_id, found[1].version_id]
    assert found[2].version_id is None
    assert [(v.number, v.owner, v.status, v.games) for v in versions] == [
        (1, "somebody", "retired", ["kuhn_poker"]),
        (2, "somebody", "active", ["kuhn_poker"]),
    ]


def test_weights_that_are_kept_twice_are_one_checkpoint_and_one_version(desk: Desk, tmp_path: Path) -> None:
    """A run that ended between its last checkpoint and saying that the job is done is run again."""
    learning = Learning(desk)
    for generation in (1, 2):
        again = submission(f"jobs/x/100-{generation}")
        work(learning, tmp_path).checkpointed(100, f"jobs/x/100-{generation}", MANIFEST, again)
    other = MANIFEST | {"content_hash": "cd" * 32}
    work(learning, tmp_path).checkpointed(100, "jobs/x/100-3", other, submission("jobs/x/100-3"))
    assert [c.folder for c in desk.do(training.checkpoints, learning.id)] == ["jobs/x/100-1", "jobs/x/100-3"]
    assert len(desk.do(players.versions, player="kuhn")) == 2


def test_a_name_that_is_somebody_else_s_by_now_is_not_taken(desk: Desk, tmp_path: Path, caplog) -> None:
    learning = Learning(desk)
    enter(desk.engine, "kuhn")
    work(learning, tmp_path).checkpointed(100, "jobs/x/1", MANIFEST, submission("jobs/x/1"))
    (kept,) = desk.do(training.checkpoints, learning.id)
    assert (kept.folder, kept.version_id) == ("jobs/x/1", None)
    assert len(desk.do(players.versions, player="kuhn")) == 1
    assert "no player" in caplog.text


def test_nothing_is_written_that_nobody_can_say_whose_it_is(desk: Desk, tmp_path: Path) -> None:
    learning, away = Learning(desk), create_engine(f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x")
    stop = Stop()
    stop.ask()
    run = Work(Settings(home=tmp_path), away, learning.run, Artifacts(tmp_path.as_uri()), stop)
    with pytest.raises(Unreachable):
        run.write("resume-000001.pt", b"1")
    assert list(tmp_path.rglob("*")) == []


def test_ratings_are_of_the_versions_that_have_played(desk: Desk) -> None:
    a, b, idle = enter(desk.engine, "a", "b", "idle")
    order(desk.engine, "kuhn_poker", (a, b))
    settle(desk.engine, None)
    found = desk.do(training.ratings, [a, idle])
    assert [(r.version_id, r.ladder, r.games) for r in found] == [(a, "kuhn_poker/open", 1)]
    assert desk.do(training.ratings, []) == []
