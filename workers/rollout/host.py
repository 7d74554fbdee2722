"""A rollout host: plays training matches for one job as long as it is admitted, and sends what came of them.

A plain class; `workers.jobs.training.crew` makes Ray actors of it: whoever drives it calls `work` again and again. It
holds a copy of the policy, so that a decision costs no call, or asks a policy server, as the job's spec says.
"""

import gc
import logging
import os
import socket
import time
from typing import Any

import torch
from ray.exceptions import RayActorError

from arena.core.bundling import fit
from arena.core.trajectory import MAX_TRAJECTORIES, Bundle
from arena.stream import redis
from arena.stream.producer import Producer
from arena.stream.redis import connect
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.trajectories import Answer
from arena.stream.weights import Weights
from workers.learner.spec import convert
from workers.rollout.done import Done
from workers.rollout.policies import Followed, Left
from workers.rollout.served import Served
from workers.rollout.tables import Tables

log = logging.getLogger("arena.rollout")
IDLE_S = 0.01
"""Between questions whether there is something to play."""
FULL_S = 0.1
"""Before a bundle is offered again for which there was no room."""
AWAY_S = 0.5
AWAY = (*redis.AWAY, RayActorError, Left)
"""What is raised while Redis or the policy server is away, and when a version has left that was played against."""


class RolloutHost:
    """One process that plays one job's matches."""

    def __init__(self, spec: dict[str, Any], redis_url: str, job: str) -> None:
        torch.set_num_threads(1)
        client = connect(redis_url)
        self._spec = convert(spec)
        self._producer = Producer(RedisTrajectories(client, job), socket.gethostname())
        self._served = Served(self._spec) if self._spec.serving == "server" else None
        self._policies = self._served or Followed(self._spec, Weights(client, job))
        self._tables = Tables(self._spec, self._policies, job, self._producer.name)
        self._version = -1
        self._matches = self._sent = 0
        self._waiting: list[Bundle] = []
        gc.freeze()  # torch and the rules are here to stay: collecting what a bundle leaves must not walk them

    def pid(self) -> int:
        """The process this host runs in."""
        return os.getpid()

    def work(self, seconds: float, server: Any = None) -> Done:
        """Play for about so long, or wait for something to play. A host that holds no policy asks this server's."""
        if self._served is not None:
            self._served.server = server
        began, cpu, tokens = time.monotonic(), time.process_time(), self._policies.tokens_seen
        matches, sent, busy = self._matches, self._sent, 0.0
        while time.monotonic() - began < seconds:
            begun = time.monotonic()
            try:
                played = self._round()
            except AWAY as error:
                log.warning("nothing is played: %s", str(error).partition("\n")[0])
                time.sleep(AWAY_S)
                continue
            if played:
                busy += time.monotonic() - begun
            else:
                time.sleep(IDLE_S)
        return Done(
            self._matches - matches, self._sent - sent, busy, time.process_time() - cpu, time.monotonic() - began,
            self._policies.tokens_seen - tokens,
        )  # fmt: skip

    def _round(self) -> bool:
        """Send a bundle that waits, or play one and send it; whether there was anything to do."""
        if self._waiting:
            return self._send()
        widest = self._tables.widest
        most = min(self._spec.learning.matches, MAX_TRAJECTORIES // widest)
        grant = self._producer.admit(most * widest)
        # The last of a batch may be less than a match can give: what is too much grows stale, and its room comes back.
        matches = grant.granted // widest or min(grant.granted, 1)
        played = False
        try:
            played = matches > 0 and self._play(matches, grant.version)
        finally:
            if grant.granted and not played:
                self._producer.give_back(grant.granted)
        if not played:
            return False
        bundle = self._producer.bundler.bundle()
        # Each until there is an answer: a lost one may mean either, and it is sent again as it was.
        self._waiting = fit(bundle)
        unused = grant.granted - len(bundle.trajectories)
        if unused > 0:
            self._producer.give_back(unused)
        return self._send()

    def _play(self, matches: int, least: int) -> bool:
        """Play them with the newest weights; False while those of version `least` are not there.

        Raises one of `AWAY`: then nothing came of it.
        """
        if not self._policies.refresh(least):
            return False
        if self._policies.newest.version != self._version:
            self._tables.forget()
            self._version = self._policies.newest.version
        self._tables.play(matches, self._matches, self._producer.bundler)
        self._matches += matches
        return True

    def _send(self) -> bool:
        bundle = self._waiting[0]
        answer = self._producer.send(bundle)
        if answer is Answer.FULL:
            time.sleep(FULL_S)
        else:
            del self._waiting[0]
        if answer in (Answer.TAKEN, Answer.DUPLICATE):
            self._sent += len(bundle.trajectories)
        return answer is Answer.TAKEN
