"""The laws of trajectories on the in-memory twin; the integration tests check Redis for the same."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from arena.stream.memory_trajectories import MemoryTrajectories
from tests.stateful import machine

CLOCK = [0.0]


def forget_hosts(_log: object) -> None:
    CLOCK[0] += 1000


def test_everything_is_learnt_from_once_and_fresh() -> None:
    laws = machine(
        lambda: MemoryTrajectories("job", now=lambda: CLOCK[0]), lambda log, noise: log.put(None, noise), forget_hosts
    )
    run_state_machine_as_test(laws, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))
