"""The promises of a job's trajectories as a state machine, for whichever log a test gives it."""

import random
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from arena.core.errors import Superseded
from arena.stream.admission import Rule
from arena.stream.trajectories import Trajectories
from tests.selfplay import Job, surely

BOUNDS = st.builds(
    lambda batch, stale, running, spare: Rule(batch, stale, running, 16_000_000, 2 * batch + spare),
    st.integers(1, 5), st.integers(0, 2), st.integers(1, 20), st.integers(0, 4),
)  # fmt: skip
MakeLog = Callable[[], Trajectories]
PutJunk = Callable[[Trajectories, bytes], None]


def machine(make_log: MakeLog, put_junk: PutJunk, forget_hosts: Callable[[Trajectories], None]) -> type:
    """The machine on logs made by `make_log`. `forget_hosts` lets the leases of dead hosts run out."""

    class Machine(RuleBasedStateMachine):
        job: Job | None = None

        def teardown(self) -> None:
            if self.job:
                self.job.log.fault = None
                forget_hosts(self.job.log.log)
                self.job.check_all_accounted_for()
                self.job.crash(bump=False)  # what was taken one by one for the check is given back
                self.job.check_it_goes_on()
                self.job.log.delete()

        @precondition(lambda self: self.job is None)
        @rule(bounds=BOUNDS)
        def begin(self, bounds: Rule) -> None:
            self.job = Job(make_log(), bounds)
            self.job.host()

        @precondition(lambda self: self.job)
        @rule()
        def new_host(self) -> None:
            self.job.host()

        @precondition(lambda self: self.job and self.job.hosts)
        @rule(number=st.integers(0, 99))
        def kill_host(self, number: int) -> None:
            self.job.kill(self.job.hosts[number % len(self.job.hosts)])

        @precondition(lambda self: self.job and self.job.hosts)
        @rule(number=st.integers(0, 99), wanted=st.integers(1, 9), seed=st.integers(0, 99))
        def play(self, number: int, wanted: int, seed: int) -> None:
            self.job.play(self.job.hosts[number % len(self.job.hosts)], wanted, random.Random(seed))

        @precondition(lambda self: self.job and self.job.hosts)
        @rule(steps=st.integers(1, 4), seed=st.integers(0, 99))
        def work(self, steps: int, seed: int) -> None:
            for _ in range(steps):
                self.job.play(self.job.hosts[seed % len(self.job.hosts)], self.job.rule.batch + 1, random.Random(seed))
                self.job.train()

        @precondition(lambda self: self.job)
        @rule()
        def train(self) -> None:
            self.job.train()

        @precondition(lambda self: self.job)
        @rule(acknowledged=st.booleans())
        def save(self, acknowledged: bool) -> None:
            self.job.save()
            if acknowledged:
                self.job.acknowledge()

        @precondition(lambda self: self.job)
        @rule(bump=st.booleans(), checked=st.booleans())
        def crash(self, bump: bool, checked: bool) -> None:
            dead = self.job.crash(bump=bump)
            with pytest.raises(Superseded):
                surely(lambda: dead.publish(99))
            if checked:  # now: later, what is lost might as well have grown stale
                self.job.check_all_accounted_for()
                self.job.crash(bump=False)

        @precondition(lambda self: self.job)
        @rule(noise=st.binary(max_size=20))
        def junk(self, noise: bytes) -> None:
            put_junk(self.job.log.log, noise)

        @precondition(lambda self: self.job)
        @rule(fault=st.sampled_from(["before", "after"]))
        def fault(self, fault: str) -> None:
            self.job.log.fault = fault

    return Machine
