"""What an intake does in the cases that matter, one by one."""

import dataclasses
from typing import Any

import pytest
import redis

from arena.core.errors import BadSpec
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.memory_trajectories import MemoryTrajectories
from arena.stream.producer import Producer
from arena.stream.trajectories import Answer
from tests.selfplay import Unsure, play, uids

RULE = Rule(batch=4, max_staleness=1, max_running=100)


class Bench:
    """A log with one producer on it."""

    def __init__(self) -> None:
        self.log = MemoryTrajectories("job")
        self.intake = Intake(self.log, RULE, 0)
        self.producer = Producer(self.log, "host")
        self.producer.admit(8)

    def send(self, *played: tuple[int, list[int]]) -> None:
        for uid, versions in played:
            play(self.producer, versions, uid)
        assert self.producer.send(self.producer.bundler.bundle()) is Answer.TAKEN

    def restart(self, saved: dict[str, Any] | None, version: int = 0) -> Intake:
        self.intake = Intake(self.log, RULE, 0, version, saved)
        return self.intake


def test_what_no_resume_point_has_seen_is_read_again() -> None:
    bench = Bench()
    bench.send((1, [0]), (2, [0]))
    assert uids(bench.intake.take(2, 0, 0)) == [1, 2]
    bench.intake.publish(1)
    assert uids(bench.restart(None).take(2, 0, 0)) == [1, 2]


def test_a_bundle_half_learnt_from_is_cut() -> None:
    bench = Bench()
    bench.send((1, [0]), (2, [0]), (3, [0]))
    bench.intake.take(2, 0, 0)
    point = bench.intake.point()
    bench.intake.acknowledge(point)
    assert uids(bench.restart(point.plain).take(1, 0, 0)) == [3]


def test_what_waits_on_the_shelf_is_not_in_the_resume_point() -> None:
    bench = Bench()
    bench.send((1, [0]), (2, [0]))
    assert bench.intake.take(3, 0, 0) == []
    assert uids(bench.restart(bench.intake.point().plain).take(2, 0, 0)) == [1, 2]


def test_a_policy_the_learner_does_not_have_is_not_learnt_from() -> None:
    bench = Bench()
    bench.send((1, [0, 1]), (2, [0]), (3, [1]), (4, [1, 0]))
    assert uids(bench.intake.take(1, 0, 0)) == [2]
    assert bench.intake.take(1, 0, 0) == []
    bench.intake.publish(1)
    assert bench.log.vitals().counts["unborn"] == 3


def test_what_abandoned_weights_played_is_not_learnt_from() -> None:
    bench = Bench()
    bench.send((1, [0]), (2, [1]), (3, [0]))
    assert uids(bench.intake.take(1, 1, 0)) == [1]
    bench.intake.leave(2)  # the guard went back after the second update: its best weights are version 2 now
    bench.send((4, [1, 2]), (5, [2]))
    assert uids(bench.intake.take(1, 2, 0)) == [5]
    bench.intake.publish(2)
    counts = bench.log.vitals().counts
    assert (counts["left"], counts["taken"]) == (3, 2)
    assert "stale" not in counts


def test_room_of_what_was_dropped_is_given_back_once_and_at_once() -> None:
    bench = Bench()
    bench.send(*((uid, [0]) for uid in range(8)))
    unsure: Any = Unsure(bench.log)
    bench.intake = Intake(unsure, RULE, 0)
    assert bench.producer.admit(9).granted == 0
    assert bench.intake.take(9, 2, 0) == []  # all are too old
    assert bench.producer.admit(9).granted == 8
    bench.producer.give_back(8)
    bench.send((9, [0]))
    bench.intake.take(1, 0, 0)
    for fault in ("before", "after"):
        unsure.fault = fault
        with pytest.raises(redis.ConnectionError):
            bench.intake.publish(1)
    assert bench.log.vitals().counts == {"stale": 8, "taken": 1, "age:0": 1}
    bench.intake.publish(1)
    assert bench.log.vitals().counts == {"stale": 8, "taken": 1, "age:0": 1}


def test_a_repeat_past_the_server_s_check_is_dropped() -> None:
    bench = Bench()
    bench.send((1, [0]), (2, [0]))
    (entry,) = bench.log.read(bench.intake.reader, "0-0", 1)
    assert entry.parcel
    bench.log.put(dataclasses.replace(entry.parcel), entry.blob)
    assert uids(bench.intake.take(2, 0, 0)) == [1, 2]
    assert bench.intake.take(1, 0, 0) == []
    bench.intake.publish(1)
    assert bench.log.vitals().counts["duplicate"] == 2


def test_a_resume_point_is_due_only_where_it_makes_room() -> None:
    bench = Bench()
    bench.intake = Intake(bench.log, dataclasses.replace(RULE, max_entries=8), 0)
    for uid in range(5):
        bench.send((uid, [0]))
    assert bench.intake.take(6, 0, 0) == []
    assert not bench.intake.crowded
    bench.intake.take(1, 0, 0)
    assert bench.intake.crowded


def test_a_batch_that_does_not_fit_says_which_settings_make_it_smaller() -> None:
    bench = Bench()
    bench.intake = Intake(bench.log, dataclasses.replace(RULE, max_entries=8), 0)
    for uid in range(8):
        bench.send((uid, [0]))
    with pytest.raises(BadSpec) as raised:
        bench.intake.take(9, 0, 0)
    assert "`learning.matches`" in raised.value.todo
