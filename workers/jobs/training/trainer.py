"""One run of a training job: hosts play, the learner learns from the stream, and what comes of it is kept.

It can end at any moment. It goes on from the last resume point under a higher generation, which leaves behind what the
former run had under way; what it had learnt from after that point is not part of the weights it goes on with.
"""

import gc
import logging
import time
from typing import Any

import redis
import torch

from arena.core.errors import BadTrainingSpec, JobFailed, Unreachable
from arena.core.trajectory import Bundle
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.weights import MAX_BYTES, Weights
from workers.jobs.training import keeping
from workers.jobs.training.account import Account
from workers.jobs.training.crew import Crew
from workers.jobs.training.promote import promote
from workers.jobs.training.recorder import Recorder
from workers.jobs.work import Work
from workers.learner.flops import flops
from workers.learner.guarded import Guarded
from workers.learner.spec import Spec
from workers.policy.weights import pack

log = logging.getLogger("arena.jobs")
POINT_S = 10.0
"""Between resume points: what a crash may cost."""
WAIT_S = 0.5
"""For a batch, before looking after the hosts again."""


class Trainer:
    """Everything of one run but its hosts."""

    def __init__(self, work: Work, spec: Spec, client: redis.Redis) -> None:
        torch.set_num_threads(1)
        self.work, self.spec = work, spec
        self._guarded = Guarded(spec)
        self.learner = self._guarded.learner
        self._account = self._load(keeping.load_point(work))
        job = str(work.id)
        self._log, self._weights = RedisTrajectories(client, job), Weights(client, job)
        rule = Rule(spec.batch, spec.learning.max_staleness, spec.max_running)
        version = self.learner.policy.version
        intake = work.outlast(lambda: Intake(self._log, rule, work.generation, version))
        if intake is None:
            raise Unreachable("Redis does not answer.", todo="The job goes on once it does.")
        self._intake = intake
        self._pool: set[int] = set()
        self._saved_at = 0.0
        gc.freeze()  # as in `workers.rollout.host`

    def run(self, crew: Crew) -> None:
        """Until the budget is spent or somebody asks to stop; then everything is kept.

        Raises:
            JobLost: another run has the job. TrainingDiverged: there is no sound checkpoint to go back to.
            JobFailed: the budget did not last for one update.
        """
        self._saved_at = time.monotonic()
        recorder = Recorder(self.work)
        numbers: dict[str, float] = {}
        self._publish()
        try:
            while not self.work.stopping() and not self._account.over(self.learner.update):
                crew.look()
                bundles = self.work.outlast(self._take)
                if bundles or crew.sums.matches:
                    self._account.begin()
                if bundles:
                    numbers = self._update(bundles, crew)
                    recorder.row(self.learner.update, numbers, self._stream)
                    self._keep()
                else:
                    self._remind()
            self._check_learnt()
            self._point()
            if numbers:
                recorder.row(self.learner.update, numbers, self._stream, last=True)
        finally:
            recorder.close()
        if not self.work.stopping():
            self._checkpoint()
        for left in (self._log, self._weights):  # a run that goes on begins anew: nothing there is of its generation
            self.work.outlast(left.delete)

    def _check_learnt(self) -> None:
        """Weights that nothing was learnt by are no result: they must not become a checkpoint, nor a player."""
        if self.learner.update == 0 and not self.work.stopping():
            what = f"The budget of {self.spec.budget.wall_s:g} s was spent before the first update."
            todo = "Raise `budget.wall_s`, or ask for less an update: fewer `learning.matches` or `learning.bundles`."
            raise JobFailed(what, todo=todo)

    def _update(self, bundles: list[Bundle], crew: Crew) -> dict[str, float]:
        """One update, of which the hosts then have the weights."""
        begun = time.monotonic()
        numbers = self._guarded.step(bundles)
        if numbers["rolled_back"]:
            self._intake.leave(self.learner.policy.version)
        self._publish()
        self._account.add(time.monotonic() - begun, crew.sums)
        return numbers | self._account.spent | {
            "learner_busy": self._account.learner_busy, "rollout_busy": crew.sums.busy_share,
            "hosts_made": float(crew.made), "servers_made": float(crew.servers_made),
        }  # fmt: skip

    def _stream(self) -> dict[str, float]:
        """How the stream is; nothing while Redis is away."""
        now = self.work.outlast(self._log.vitals)
        return {} if now is None else {
            "stream_waiting": float(now.waiting), "stream_running": float(now.running),
            "stream_bytes": float(now.bytes), "stream_oldest_s": now.oldest_s,
            "stream_stale": float(now.counts.get("stale", 0)), "stream_parked": float(now.parked),
        }  # fmt: skip

    def _take(self) -> list[Bundle]:
        return self._intake.take(self.spec.batch, self.learner.policy.version, WAIT_S)

    def _publish(self) -> None:
        """The weights first; only then may anything be played for them."""
        policy, members = self.learner.policy, self.learner.pool.members
        new = {v: pack(members[v]) for v in members.keys() - self._pool}
        blob, versions = pack(policy.state()), sorted(members)
        if len(blob) > MAX_BYTES:
            what = f"The policy has {len(blob) / 1e6:.0f} MB; Redis passes on {MAX_BYTES / 1e6:.0f}."
            raise BadTrainingSpec(what, todo="Train its top layers or LoRA adapters, or take a smaller type of number.")
        reader = self._intake.reader
        self.work.outlast(lambda: self._weights.publish(reader, policy.version, blob, new, versions))
        self._pool = set(members)
        self.work.outlast(lambda: self._intake.publish(policy.version))

    def _remind(self) -> None:
        """Nothing came. Hosts may find no room in the stream before what was learnt from is acknowledged; and a server
        that forgot its last second may have forgotten the weights that they wait for."""
        if self._intake.crowded:
            self._point()
        if self.work.outlast(self._weights.version) != self.learner.policy.version:
            self._pool = set()
            self._publish()

    def _keep(self) -> None:
        """Progress always; a checkpoint and a resume point when they are due."""
        every = self.spec.checkpoints.every
        if self.learner.update % every == 0 and not self._account.over(self.learner.update):
            self._checkpoint()
        if time.monotonic() - self._saved_at >= POINT_S or self._intake.crowded:
            self._point()
        self.work.tell(self._account.progress(self.learner.update))

    def _point(self) -> None:
        """The resume point, and only then the acknowledgement of what it has learnt from."""
        point = self._intake.point()
        keeping.save_point(self.work, self._guarded.state() | {"spent": self._account.spent})
        self.work.outlast(lambda: self._intake.acknowledge(point))
        self._saved_at = time.monotonic()

    def _load(self, state: dict[str, Any] | None) -> Account:
        if state is None:
            self._guarded.begin(self.work.artifacts)
        else:
            self._guarded.load(state)
            log.info("goes on after update %d", self.learner.update)
        return Account.of(self.spec.budget, state and state["spent"])

    def _checkpoint(self) -> None:
        spent, policy = self._account.spent, self.learner.policy
        passed = dict(zip(("seen", "learnt", "frozen"), policy.passed, strict=True))
        tokens = passed | {"rollout": int(spent["rollout_tokens"])}
        more = {"spent": spent, "tokens": tokens, "flops": flops(policy, spent["rollout_tokens"])}
        made = keeping.save_checkpoint(self.work, self.spec, self.learner, self._guarded.ledger, more)
        self._guarded.kept(made.manifest["content_hash"])
        promote(self.work, self.spec, made, self.learner.update)
