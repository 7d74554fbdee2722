"""Training jobs that must neither wait for ever nor die of what passes: rooms for one, lost weights, a full Redis."""

from functools import partial
from typing import Any

import pytest
import redis
from redis.exceptions import OutOfMemoryError

from arena.core.trajectory import Bundle, pack
from arena.stream.admission import Rule
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.trajectories import Answer
from tests.integration.jobs.inline import Inline
from tests.integration.jobs.test_training import check_once, rows
from tests.integration.jobs.test_training_faults import SPEC
from workers.jobs.training import trainer
from workers.rollout.host import RolloutHost


def test_the_last_of_a_batch_may_be_less_than_a_match_can_give(inline: Inline) -> None:
    """Against others a match of two seats gives one trajectory: the room left shrinks to one."""
    strangers = [{"kind": "fixed", "spec": {"agent": "random"}}]
    learning = SPEC["learning"] | {"max_staleness": 0}
    changed = {"opponents": strangers, "learning": learning, "budget": {"updates": 5}}
    job_id = inline.launch({**SPEC, **changed}, "train")
    assert inline.run(job_id)["state"] == "done"
    assert {row.numbers["staleness_max"] for row in rows(inline, job_id)} == {0}


def test_weights_that_redis_forgot_are_put_out_again(inline: Inline, client: redis.Redis) -> None:
    job_id = inline.launch(SPEC, "train")
    forgotten: list[int] = []

    def trouble() -> None:
        if inline.update() >= 5 and not forgotten:
            forgotten.append(int(client.delete(f"weights:{job_id}", f"weights:{job_id}:pool")))

    inline.trouble = trouble
    assert inline.run(job_id)["state"] == "done"
    assert forgotten == [1], "the job keeps no pool that nobody plays against"


def test_a_full_redis_stops_a_host_for_a_while_only(inline: Inline, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    job_id = inline.launch(SPEC, "train")
    sound, left = RedisTrajectories.admit, [3]

    def admit(self: RedisTrajectories, *asked: Any) -> Any:
        if inline.update() >= 5 and left[0]:
            left[0] -= 1
            raise OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")
        return sound(self, *asked)

    monkeypatch.setattr(RedisTrajectories, "admit", admit)
    monkeypatch.setattr("workers.rollout.host.AWAY_S", 0.01)
    assert inline.run(job_id)["state"] == "done"
    assert left == [0]
    assert "nothing is played" in caplog.text


def test_more_trajectories_than_a_bundle_holds_are_several_bundles(inline: Inline) -> None:
    learning = SPEC["learning"] | {"matches": 3000}
    job_id = inline.launch({**SPEC, "learning": learning, "budget": {"updates": 2}}, "train")
    assert inline.run(job_id)["state"] == "done"
    assert rows(inline, job_id)[-1].numbers["trajectories"] == 6000


def test_a_bundle_too_large_for_a_reader_is_sent_in_parts(inline: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("trajectory", "bundling"):
        monkeypatch.setattr(f"arena.core.{module}.MAX_BYTES", 1000)
    job_id = inline.launch(SPEC, "train")
    assert inline.run(job_id)["state"] == "done"
    check_once(inline, job_id, SPEC)


def test_what_was_learnt_from_makes_room_for_a_batch_that_does_not_fit_beside_it(
    inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 16 MB the first batch takes 7.5, which is not half of it; the second would take 9."""

    def padded(bundle: Bundle) -> bytes:
        return pack(bundle) + bytes(2_500_000 if bundle.sources[0].version == 0 else 3_000_000)

    looks = iter([None] * 200)
    inline.trouble = lambda: next(looks)
    monkeypatch.setattr("arena.stream.producer.pack", padded)
    monkeypatch.setattr(trainer, "Rule", partial(Rule, max_bytes=16_000_000))
    monkeypatch.setattr(trainer, "POINT_S", 1e9)
    monkeypatch.setattr(trainer, "WAIT_S", 0.01)
    learning = SPEC["learning"] | {"bundles": 3, "max_staleness": 0}
    job_id = inline.launch({**SPEC, "learning": learning, "budget": {"updates": 3}}, "train")
    assert inline.run(job_id)["state"] == "done"


def test_weights_too_large_for_redis_are_refused(inline: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "MAX_BYTES", 1000)
    job_id = inline.launch(SPEC, "train")
    seen = inline.run(job_id)
    assert seen["state"] == "failed"
    assert "Train its top layers" in seen["reason"]


def test_after_a_roll_back_nothing_is_learnt_that_the_abandoned_weights_played(
    inline: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    worth = iter([0.1, *[0.5] * 100])
    monkeypatch.setattr(
        "workers.learner.evaluation.Measures.due", lambda *_: {"nashconv.last": next(worth)}
    )  # fmt: skip
    guard = {"watch": "nashconv.last", "slack": 0.2, "patience": 6}
    evaluations = [{"kind": "nashconv", "every": 1}]
    played, take = [], trainer.Trainer._take

    def taking(self: trainer.Trainer) -> Any:
        found = take(self)
        if found:
            versions = {source.version for bundle in found for source in bundle.sources}
            played.append((self.learner.update + 1, versions))
        return found

    monkeypatch.setattr(trainer.Trainer, "_take", taking)
    job_id = inline.launch({**SPEC, "guard": guard, "evaluations": evaluations, "rollout_hosts": 2}, "train")
    assert inline.run(job_id)["state"] == "done"
    back = [row.step for row in rows(inline, job_id) if row.numbers["rolled_back"]]
    assert back == [7, 13, 19]
    before = 0
    for update, versions in played:
        before = max([before, *(step for step in back if step < update)])
        assert min(versions) >= before, "of the weights that were left"
    assert any(update - 1 > min(versions) for update, versions in played), "else nothing old was there to leave"


def test_a_host_pauses_before_it_offers_a_bundle_again_that_found_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr("workers.rollout.host.time.sleep", paused.append)
    host = RolloutHost.__new__(RolloutHost)
    host._producer = type("Full", (), {"send": lambda self, bundle: Answer.FULL})()
    host._waiting = [object()]
    assert host._send() is False
    assert len(host._waiting) == 1
    assert paused == [0.1]
