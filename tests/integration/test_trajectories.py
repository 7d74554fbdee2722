"""Trajectories on the real server: the laws of the twin, and what only a server can show."""

import time
from dataclasses import replace

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from arena.core.errors import Superseded
from arena.core.trajectory import MAX_BYTES, pack
from arena.stream.admission import Rule, capacity
from arena.stream.intake import Intake
from arena.stream.producer import Producer
from arena.stream.redis import KEPT_S
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.trajectories import PARKED, Answer, Grant, Parcel, Start, Tally
from arena.stream.weights import Weights
from tests.patience import until
from tests.selfplay import Host, Job, play, uids
from tests.stateful import machine

RULE = Rule(batch=8, max_staleness=1, max_running=100)
STREAM = "trajectories:job"
NO_FIXTURE_CHECK = [HealthCheck.function_scoped_fixture]


def sent(log: RedisTrajectories, producer: Producer, count: int) -> Answer:
    """One bundle of `count`, admitted or not."""
    for uid in range(count):
        play(producer, [0], producer.bundler.next + uid)
    return producer.send(producer.bundler.bundle())


def under_way(client: redis.Redis) -> tuple[RedisTrajectories, Intake, Producer]:
    """A job whose host has sent four trajectories."""
    log = RedisTrajectories(client, "job")
    intake, producer = Intake(log, RULE, 0), Producer(log, "host")
    producer.admit(4)
    sent(log, producer, 4)
    return log, intake, producer


def test_everything_is_learnt_from_once_and_fresh(client: redis.Redis) -> None:
    laws = machine(
        lambda: RedisTrajectories(client, "job"),
        lambda _, noise: client.xadd(STREAM, {"blob": noise}),
        lambda _: client.delete(f"{STREAM}:running", f"{STREAM}:leases"),
    )
    run_state_machine_as_test(laws, settings=settings(max_examples=30, stateful_step_count=40, deadline=None))


@settings(max_examples=60, deadline=None, suppress_health_check=NO_FIXTURE_CHECK)
@given(
    st.builds(Rule, st.integers(1, 50), st.integers(0, 5), st.integers(1, 200)),
    st.integers(0, 9), st.lists(st.integers(0, 60), max_size=4), st.lists(st.integers(0, 40), max_size=3),
    st.integers(0, 99),
)  # fmt: skip
def test_the_server_admits_by_the_rule(
    client: redis.Redis, rule: Rule, version: int, sizes: list[int], others: list[int], wanted: int
) -> None:
    client.flushdb()
    log = RedisTrajectories(client, "job")
    log.begin(Start("me", 3, version, rule, {}))
    first = 0
    for size in sizes:
        log.append(Parcel("p", 3, first, size, b"x"), 0)
        first += size
    for number, running in enumerate(others):
        log.admit(f"other{number}", 0, running)
    room = capacity(rule, version, version * rule.batch + first, sum(others) + 2)
    assert log.admit("p", wanted, 2) == Grant(3, version, min(wanted, room))
    assert log.vitals().running == sum(others) + 2 + min(wanted, room)


def test_a_host_that_is_not_heard_of_stops_counting(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job", lease_ms=300)
    Intake(log, RULE, 0)
    dead, alive = Producer(log, "host"), Producer(log, "host")
    assert dead.admit(99).granted == 16
    assert alive.admit(99).granted == 0
    until("the dead host's places", lambda: alive.admit(99).granted > 0)
    assert alive.running == 16


def test_a_stalled_learner_bounds_what_is_kept(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    Intake(log, RULE, 0)
    job_host = Host(Producer(log, "host"))
    total = 0
    for _ in range(50):
        granted = job_host.producer.admit(5).granted
        if granted:
            assert sent(log, job_host.producer, granted) is Answer.TAKEN
        total += granted
    assert total == RULE.batch * (RULE.max_staleness + 1)
    vitals = log.vitals()
    assert (vitals.waiting, vitals.running, vitals.unread_entries) == (total, 0, vitals.entries)


def test_a_full_stream_refuses_and_takes_again_after_a_resume_point(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    intake = Intake(log, Rule(4, 9, 100, max_bytes=16_000_000, max_entries=8), 0)
    producer = Producer(log, "host")
    producer.admit(1)
    answers = [sent(log, producer, 1) for _ in range(8)]
    play(producer, [0], 99)
    refused = producer.bundler.bundle()
    assert answers == [Answer.TAKEN] * 8
    assert producer.send(refused) is Answer.FULL
    taken = uids(intake.take(4, 0, 0)) + uids(intake.take(4, 1, 0))
    assert intake.crowded
    intake.acknowledge(intake.point())
    assert producer.send(refused) is Answer.TAKEN
    assert len(taken) == 8
    assert client.xlen(STREAM) == 1


def test_too_many_bytes_are_refused(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    log.begin(Start("me", 0, 0, Rule(4, 9, 100, max_bytes=16_000_000), {}))
    answers = [log.append(Parcel("p", 0, n, 1, b"x" * 3_000_000), 0) for n in range(6)]
    assert answers == [Answer.TAKEN] * 5 + [Answer.FULL]
    assert log.vitals().bytes == 15_000_000


def test_a_server_without_memory_says_full(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    log.begin(Start("me", 0, 0, RULE, {}))
    client.config_set("maxmemory", 1)
    try:
        assert log.append(Parcel("p", 0, 0, 1, b"x" * 1000), 0) is Answer.FULL
    finally:
        client.config_set("maxmemory", 0)
    assert log.append(Parcel("p", 0, 0, 1, b"x" * 1000), 0) is Answer.TAKEN


def test_a_long_run_keeps_the_server_small(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    job = Job(log, RULE)
    host, sizes = job.host(), list[int]()
    for step in range(400):
        while not job.train():
            job.play(host, 3)
        if step % 5 == 4:
            job.save()
            job.acknowledge()
            sizes.append(sum(client.memory_usage(key) or 0 for key in client.keys("*")))
    assert len(job.learnt) == 400 * RULE.batch
    assert max(sizes[40:]) <= 1.5 * max(sizes[:10])
    assert log.vitals().max_staleness <= RULE.max_staleness


def test_poison_is_parked_with_its_reason_and_blocks_nothing(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    intake = Intake(log, RULE, 0)
    other = RedisTrajectories(client, "other")
    Intake(other, RULE, 0)
    producer, stranger = Producer(log, "host"), Producer(other, "host")
    producer.admit(8)
    stranger.admit(1)
    play(stranger, [0], 1)
    foreign = pack(stranger.bundler.bundle())
    client.xadd(STREAM, {"what": "ever"})
    client.xadd(STREAM, {"producer": b"\xff", "generation": "0", "first": "x", "count": "1", "blob": b"\x01junk"})
    client.xadd(STREAM, {"producer": "p", "generation": "0", "first": "0", "count": "7", "blob": b"\x63" + foreign[1:]})
    client.xadd(STREAM, {"producer": "p", "generation": "0", "first": "0", "count": "1", "blob": foreign})
    assert sent(log, producer, 8) is Answer.TAKEN
    assert len(uids(intake.take(8, 0, 1))) == 8
    reasons = [message["reason"] for message in log.parked()]
    assert len(reasons) == 4
    for part, reason in zip(("format none", "no bundle", "format 99", "'other'"), reasons, strict=True):
        assert part in reason
    assert log.parked()[1]["head"] == b"\x01junk".hex()
    for _ in range(PARKED + 50):
        client.xadd(STREAM, {"blob": b"x" * 100_000})
    assert intake.take(1, 1, 0) == []
    assert len(log.parked()) == PARKED
    assert (client.memory_usage(f"{STREAM}:parked") or 0) < 1_000_000
    assert log.vitals().counts["parked"] == PARKED + 54
    assert producer.admit(99).granted == RULE.batch  # forged counts gave no room away


def test_what_a_dead_generation_left_is_dropped_and_counted(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    Intake(log, RULE, 0)
    producer = Producer(log, "host")
    producer.admit(8)
    sent(log, producer, 8)
    intake = Intake(log, RULE, 1)
    play(producer, [0], 1)
    assert producer.send(producer.bundler.bundle()) is Answer.DEAD
    assert intake.take(1, 0, 0) == []
    assert log.vitals().counts == {"generation": 8}
    assert client.xlen(STREAM) == 0
    assert producer.admit(99).granted == 16  # room and numbers begin anew
    assert sent(log, producer, 16) is Answer.TAKEN
    assert len(uids(intake.take(16, 0, 0))) == 16
    with pytest.raises(Superseded):
        Intake(log, RULE, 0)


def test_a_learner_that_waits_is_woken(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    intake = Intake(log, RULE, 0)
    began = time.monotonic()
    assert intake.take(1, 0, 0.2) == []
    assert 0.2 <= time.monotonic() - began < 5
    producer = Producer(log, "host")
    producer.admit(1)
    sent(log, producer, 1)
    assert len(uids(intake.take(1, 0, 60))) == 1


def test_vitals_tell_lag_and_age(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    assert log.vitals().generation == -1
    intake = Intake(log, RULE, 0)
    producer = Producer(log, "host")
    producer.admit(9)
    sent(log, producer, 4)
    until("an age", lambda: log.vitals().oldest_s >= 1)
    assert (log.vitals().waiting, log.vitals().running, log.vitals().unread_entries) == (4, 5, 1)
    intake.take(4, 1, 0)
    intake.publish(1)
    vitals = log.vitals()
    assert (vitals.unread_entries, vitals.entries, vitals.oldest_s) == (0, 1, 0)
    assert (vitals.counts["age:1"], vitals.max_staleness, vitals.counts["taken"]) == (4, 1, 4)


def test_deleting_a_job_leaves_nothing(client: redis.Redis) -> None:
    log, intake, producer = under_way(client)
    client.xadd(STREAM, {"what": "ever"})
    assert uids(intake.take(4, 0, 0))
    intake.publish(1)
    assert intake.take(1, 1, 0) == []
    assert len(client.keys("*")) == 7
    log.delete()
    assert client.keys("*") == []
    with pytest.raises(Superseded):
        intake.take(1, 1, 0)
    assert producer.admit(1).generation == -1


def test_a_full_stream_keeps_what_its_producers_hold_in_mind(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job", lease_ms=300)
    Intake(log, replace(RULE, max_running=8, max_bytes=2 * MAX_BYTES, max_entries=2 * RULE.batch), 0)
    producer, other = Producer(log, "host"), Producer(log, "other")
    producer.admit(1)
    for uid in range(2 * RULE.batch):
        play(producer, [0], uid)
        assert producer.send(producer.bundler.bundle()) is Answer.TAKEN
    client.hset(f"{STREAM}:control", "accepted", 0)
    assert producer.admit(8).granted == 8
    play(producer, [0], 99)
    waiting = producer.bundler.bundle()
    for _ in range(3):
        time.sleep(0.2)
        assert producer.send(waiting) is Answer.FULL
    assert other.admit(8).granted == 0, "the eight are still being played, or wait to be sent"


def test_what_a_killed_learner_leaves_expires(client: redis.Redis) -> None:
    _, intake, _ = under_way(client)
    Weights(client, "job").publish(intake.reader, 0, b"blob", {0: b"older"}, [0])
    intake.publish(1)
    keys = client.keys("*")
    assert len(keys) == 7
    assert all(0 < client.ttl(key) <= KEPT_S for key in keys), "each, from when its learner was last heard of"
    assert all(client.persist(key) for key in keys)
    intake.publish(2)
    Weights(client, "job").publish(intake.reader, 2, b"blob", {}, [0])
    assert all(0 < client.ttl(key) <= KEPT_S for key in keys)


def test_a_call_whose_reply_was_lost_counts_once(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    log.begin(Start("me", 0, 0, RULE, {}))
    parcel = Parcel("p", 0, 0, 4, b"x")
    assert [log.append(parcel, 0) for _ in range(2)] == [Answer.TAKEN, Answer.DUPLICATE]
    assert log.vitals().waiting == 4
    for _ in range(2):
        assert log.admit("p", 3, 0).granted == 3
    assert log.vitals().running == 3
    for _ in range(2):
        log.settle("me", Tally(1, 2, {"stale": 2}, []))
    assert (log.vitals().waiting, log.vitals().counts) == (2, {"stale": 2})
    assert len({entry.id for _ in range(2) for entry in log.read("me", "0-0", 9)}) == 1


def test_a_new_reader_counts_what_waits(client: redis.Redis) -> None:
    log = RedisTrajectories(client, "job")
    log.begin(Start("me", 0, 0, RULE, {}))
    log.append(Parcel("p", 0, 0, 4, b"xx"), 0)
    log.append(Parcel("q", 0, 0, 3, b"xx"), 0)
    log.settle("me", Tally(1, 5, {}, []))
    log.begin(Start("you", 0, 0, RULE, {"p": 1}))
    assert (log.vitals().waiting, log.vitals().bytes) == (6, 4)
