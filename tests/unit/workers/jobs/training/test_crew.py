"""The crew: hosts that die, that fail, and that find no room, on a Ray that does what a test says."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import ActorDiedError, RayTaskError

from arena.core.errors import CannotPlay, Unreachable
from arena.core.settings import Settings
from workers.jobs.training import crew
from workers.jobs.training.crew import DEATHS, ROOM_S, Crew, HostsDie
from workers.learner.spec import convert
from workers.rollout.done import Done

DONE = Done(matches=3, trajectories=6, busy_s=0.5, cpu_s=0.5, wall_s=1.0, tokens=9)
DIED = ActorDiedError()
SPEC = convert({"name": "trial", "games": [{"name": "kuhn_poker"}], "rollout_hosts": 2})


class Cluster:
    """What the crew sees of Ray. `answers` says what comes of the turn that each place has under way; else nothing."""

    def __init__(self) -> None:
        self.now, self.state = 1000.0, "CREATED"
        self.answers: dict[int, Any] = {}
        self.killed: list[int] = []
        self.asked = 0
        self.cpus = 1.9

    def available_resources(self) -> dict[str, float]:
        return {"CPU": self.cpus}

    def remote(self, *, scheduling_strategy: Any, **_: Any) -> Any:
        place = scheduling_strategy.placement_group_bundle_index
        actor = SimpleNamespace(place=place, work=SimpleNamespace(remote=lambda *_: (place, object())))
        return lambda _: SimpleNamespace(remote=lambda *_: actor)

    def wait(self, turns: list[Any], **_: Any) -> tuple[list[Any], list[Any]]:
        ready = [turn for turn in turns if turn[0] in self.answers]
        return ready, [turn for turn in turns if turn not in ready]

    def get(self, turn: Any, timeout: float | None = None) -> Any:
        if timeout is not None:
            return None
        answer = self.answers.pop(turn[0])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self, actor: Any) -> None:
        self.killed.append(actor.place)

    def table(self, _: Any) -> dict[str, str]:
        self.asked += 1
        return {"state": self.state}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    cluster = Cluster()
    monkeypatch.setattr(crew, "ray", cluster)
    monkeypatch.setattr(crew, "time", SimpleNamespace(monotonic=lambda: cluster.now))
    monkeypatch.setattr(crew, "placement_group", lambda *_, **__: SimpleNamespace(ready=lambda: None))
    monkeypatch.setattr(crew, "placement_group_table", cluster.table)
    monkeypatch.setattr(crew, "remove_placement_group", lambda _: None)
    monkeypatch.setattr(
        crew, "PlacementGroupSchedulingStrategy", lambda _, placement_group_bundle_index: SimpleNamespace(
            placement_group_bundle_index=placement_group_bundle_index)
    )  # fmt: skip
    return cluster


@pytest.fixture
def pair(cluster: Cluster) -> Crew:
    return Crew(Settings(), SPEC, "job")


def seconds(cluster: Cluster, pair: Crew, count: int, **playing: int) -> None:
    """Let time pass; the hosts at these places finish a turn each second."""
    for _ in range(count):
        cluster.now += 1
        cluster.answers = dict.fromkeys(playing.values(), DONE)
        pair.look()


def test_a_host_that_dies_is_made_anew_and_its_last_word_counts(cluster: Cluster, pair: Crew) -> None:
    seconds(cluster, pair, 1, a=0, b=1)
    cluster.answers = {1: DIED}
    pair.look()
    seconds(cluster, pair, 1, a=0, b=1)
    assert (pair.made, pair.sums.matches, cluster.killed) == (3, 12, [1])


def test_what_a_host_raises_is_the_job_s_own_error(cluster: Cluster, pair: Crew) -> None:
    cluster.answers = {0: RayTaskError("work", "…", CannotPlay("It waits.", todo="Choose another."))}
    with pytest.raises(CannotPlay) as raised:
        pair.look()
    assert str(raised.value) == "It waits. Choose another."
    cluster.answers = {1: RayTaskError("work", "…", ZeroDivisionError("what"))}
    with pytest.raises(RayTaskError):
        pair.look()


def test_a_host_that_will_not_live_ends_the_run_and_one_that_recovers_does_not(cluster: Cluster, pair: Crew) -> None:
    for _ in range(3):
        for _ in range(DEATHS - 1):
            cluster.answers = {0: DIED}
            pair.look()
        cluster.answers = {0: DONE}
        pair.look()
    for _ in range(DEATHS - 1):
        cluster.answers = {0: DIED}
        pair.look()
    cluster.answers = {0: DIED, 1: DONE}
    with pytest.raises(HostsDie, match="host 0 died 5 times"):
        pair.look()


def test_while_some_wait_for_room_the_others_play_and_it_is_said_once(
    cluster: Cluster, pair: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    seconds(cluster, pair, 30, a=0, b=1)
    assert cluster.asked == 0, "who is heard of needs no asking"
    cluster.state = "RESCHEDULING"
    with caplog.at_level(logging.WARNING):
        seconds(cluster, pair, int(3 * ROOM_S), a=0)
        assert [r.getMessage() for r in caplog.records] == ["1 of 2 hosts wait for room: the Ray cluster lost a node"]
        cluster.state = "CREATED"
        seconds(cluster, pair, 10, a=0, b=1)
    assert "have room again" in caplog.records[-1].getMessage()


def test_when_all_wait_for_long_the_job_says_so_and_waits(cluster: Cluster, pair: Crew) -> None:
    cluster.state = "RESCHEDULING"
    seconds(cluster, pair, int(ROOM_S))
    with pytest.raises(Unreachable, match=r"no room for 2 hosts of 0\.5 CPUs: now 3 would fit"):
        seconds(cluster, pair, 10)


def test_hosts_that_take_long_over_a_turn_are_left_alone(cluster: Cluster, pair: Crew) -> None:
    seconds(cluster, pair, int(10 * ROOM_S))
    assert pair.made == 2
