"""A job seen from outside, for tests of its trajectories: hosts that play, a learner that trains, saves and dies.

Any call to the server may fail before or after it is done; whoever called tries again. What every trajectory is, is in
its score: a number of its own.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis

from arena.core.bundling import Decision
from arena.core.trajectory import Bundle, Setting, Source
from arena.core.wire import Stop
from arena.stream.admission import Rule
from arena.stream.intake import Intake, Point
from arena.stream.producer import Producer
from arena.stream.trajectories import Answer, Trajectories

SETTING = Setting("kuhn_poker", "standard", "prose", 1)
LEGAL = ((112,), (98,))


def play(producer: Producer, versions: list[int], uid: int) -> None:
    """Add a trajectory whose turns were chosen by these versions."""
    turns = [Decision((1, 2, v), Source(v, b"hash"), [-0.7], LEGAL, 1) for v in versions]
    producer.bundler.add(SETTING, 0, ["random"], turns, (float(uid), Stop.WIN))


def uids(bundles: list[Bundle]) -> list[int]:
    return [int(t.score) for bundle in bundles for t in bundle.trajectories]


class Unsure:
    """A log whose next call can be made to fail, before or after it is done."""

    def __init__(self, log: Trajectories) -> None:
        self.log = log
        self.job = log.job
        self.fault: str | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            fault, self.fault = self.fault, None
            if fault == "before":
                raise redis.ConnectionError("lost")
            answer = getattr(self.log, name)(*arguments)
            if fault == "after":
                raise redis.ConnectionError("lost")
            return answer

        return call


def surely(call: Callable[[], Any]) -> Any:
    """Call again until the server answers."""
    while True:
        try:
            return call()
        except redis.ConnectionError:
            continue


@dataclass
class Sent:
    """A trajectory on its way."""

    generation: int
    oldest: int
    newest: int
    droppable: bool = False
    """Whether the learner was ever where it must drop it."""


@dataclass
class Host:
    """A rollout host: a producer, and the bundle it has not got rid of."""

    producer: Producer
    unsent: Bundle | None = None


@dataclass
class Saved:
    """A resume point."""

    version: int = 0
    plain: dict[str, Any] | None = None
    learnt: list[int] = field(default_factory=list)


class Job:
    """Hosts, a learner and the record of what each did."""

    def __init__(self, log: Trajectories, rule: Rule) -> None:
        self.log: Any = Unsure(log)
        self.rule = rule
        self.generation = 0
        self.saved = Saved()
        self.learnt: list[int] = []
        self.sent: dict[int, Sent] = {}
        self.hosts: list[Host] = []
        self.counter = 0
        self.point: Point | None = None
        self._learn_from_saved()

    def host(self) -> Host:
        """One more host."""
        self.hosts.append(Host(Producer(self.log, "host")))
        return self.hosts[-1]

    def play(self, host: Host, wanted: int, draw: random.Random | None = None) -> int:
        """Ask, play what was granted, and send it; how many. Given `draw`, some turns are by an older policy."""
        self.send(host)
        if host.unsent:
            return 0
        grant = surely(lambda: host.producer.admit(wanted))
        for _ in range(grant.granted):
            versions = [max(0, grant.version - (draw.randrange(2) if draw else 0)) for _ in range(2)]
            self.counter += 1
            play(host.producer, versions, self.counter)
            self.sent[self.counter] = Sent(grant.generation, min(versions), max(versions))
            self._note(self.sent[self.counter])
        host.unsent = host.producer.bundler.bundle() if grant.granted else None
        self.send(host)
        return grant.granted

    def send(self, host: Host) -> Answer | None:
        """Try to get rid of the unsent bundle."""
        bundle = host.unsent
        if bundle is None:
            return None
        answer: Answer = surely(lambda: host.producer.send(bundle))
        if answer is not Answer.FULL:
            host.unsent = None
        if answer is Answer.DEAD:
            for uid in uids([bundle]):
                del self.sent[uid]
        return answer

    def kill(self, host: Host) -> None:
        """The host is gone, with what it had not sent."""
        self.hosts.remove(host)
        for uid in uids([host.unsent]) if host.unsent else []:
            del self.sent[uid]

    def train(self) -> bool:
        """One step, when there is a batch."""
        bundles: list[Bundle] = surely(lambda: self.intake.take(self.rule.batch, self.version, 0))
        if not bundles:
            return False
        found = uids(bundles)
        assert len(found) == self.rule.batch
        for uid in found:
            of = self.sent[uid]
            assert of.generation == self.generation
            assert of.newest <= self.version <= of.oldest + self.rule.max_staleness
        assert not set(found) & set(self.learnt), "learnt from twice"
        self.learnt += found
        self.version += 1
        self._note(*self.sent.values())
        surely(lambda: self.intake.publish(self.version))
        return True

    def save(self) -> None:
        """Take a resume point. What it has seen is acknowledged by `acknowledge`, if the learner lives so long."""
        self.point = self.intake.point()
        self.saved = Saved(self.version, self.point.plain, list(self.learnt))

    def acknowledge(self) -> None:
        """Acknowledge what the last resume point has seen."""
        point = self.point
        if point:
            surely(lambda: self.intake.acknowledge(point))

    def crash(self, *, bump: bool) -> Intake:
        """The learner dies and begins again from its resume point; the dead one's intake is returned."""
        dead = self.intake
        self.generation += bump
        self._learn_from_saved()
        return dead

    def check_all_accounted_for(self) -> None:
        """Whatever was sent to this generation is learnt from, waits, or had to be dropped."""
        while self.train():
            pass
        left: list[int] = []
        while found := uids(surely(lambda: self.intake.take(1, self.version, 0))):
            left += found
        assert not set(left) & set(self.learnt)
        vitals = surely(self.log.vitals)
        assert vitals.waiting == len(left) < self.rule.batch
        unsent = {uid for host in self.hosts for uid in uids([host.unsent] if host.unsent else [])}
        missing = set(self.sent) - set(self.learnt) - set(left) - unsent
        for uid in missing:
            of = self.sent[uid]
            assert of.droppable or of.generation < self.generation, (uid, of)

    def check_it_goes_on(self) -> None:
        """Given a host that plays, the learner gets its batches."""
        host = self.host()
        for _ in range(3):
            for _ in range(4 * (self.rule.max_staleness + 2)):
                self.save()
                self.acknowledge()
                for other in self.hosts:
                    self.send(other)
                self.play(host, self.rule.batch)
                if self.train():
                    break
            else:
                raise AssertionError(f"starved: {self.log.vitals()}")

    def _learn_from_saved(self) -> None:
        saved = self.saved
        self.version, self.learnt, self.point = saved.version, list(saved.learnt), None
        self.intake: Intake = surely(
            lambda: Intake(self.log, self.rule, self.generation, saved.version, saved.plain)
        )  # fmt: skip
        self._note(*self.sent.values())

    def _note(self, *sent: Sent) -> None:
        for of in sent:
            age = self.version - of.oldest
            of.droppable |= age > self.rule.max_staleness or age < 0 or of.newest > self.version
