"""A rollout host: plays training matches for one job as long as it is admitted, and sends what came of them.

A plain class; `workers.jobs.crew` makes Ray actors of it. It holds a copy of the policy, so that a decision costs no
call: whoever drives it calls `work` again and again.
"""

import gc
import logging
import os
import socket
import time
from dataclasses import dataclass
from typing import Any

import torch

from arena.core.trajectory import Bundle
from arena.stream.producer import Producer
from arena.stream.redis import LOST, connect
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.trajectories import Answer
from arena.stream.weights import Weights
from workers.learner.spec import convert
from workers.policy.policy import build
from workers.policy.weights import unpack
from workers.rollout.tables import Tables

log = logging.getLogger("arena.rollout")
IDLE_S = 0.01
"""Between questions whether there is something to play."""
AWAY_S = 0.5


@dataclass(frozen=True, slots=True)
class Done:
    """What a host did in one call of `work`."""

    matches: int
    trajectories: int
    busy_s: float
    """Time spent on playing and sending, of `wall_s`."""
    cpu_s: float
    wall_s: float
    tokens: int
    """Tokens that went through the policy."""


class RolloutHost:
    """One process that plays one job's matches."""

    def __init__(self, spec: dict[str, Any], redis_url: str, job: str) -> None:
        torch.set_num_threads(1)
        client = connect(redis_url)
        self._spec = convert(spec)
        self._producer = Producer(RedisTrajectories(client, job), socket.gethostname())
        self._weights = Weights(client, job)
        policy = build(self._spec.policy.backend, self._spec.policy.spec, self._spec.seed)
        self._tables = Tables(self._spec, policy, job, self._producer.name)
        self._version = -1
        self._matches = self._sent = 0
        self._waiting: Bundle | None = None
        gc.freeze()  # torch and the rules are here to stay: collecting what a bundle leaves must not walk them

    def pid(self) -> int:
        """The process this host runs in."""
        return os.getpid()

    def work(self, seconds: float) -> Done:
        """Play for about so long, or wait for something to play."""
        began, cpu, tokens = time.monotonic(), time.process_time(), self._tables.policy.tokens_seen
        matches, sent, busy = self._matches, self._sent, 0.0
        while time.monotonic() - began < seconds:
            begun = time.monotonic()
            try:
                played = self._round()
            except LOST as error:
                log.warning("Redis is away: %s", error)
                time.sleep(AWAY_S)
                continue
            if played:
                busy += time.monotonic() - begun
            else:
                time.sleep(IDLE_S)
        return Done(
            self._matches - matches, self._sent - sent, busy, time.process_time() - cpu, time.monotonic() - began,
            self._tables.policy.tokens_seen - tokens,
        )  # fmt: skip

    def _round(self) -> bool:
        """Send what waits, or play and send one bundle; whether there was anything to do."""
        if self._waiting is not None:
            return self._send(self._waiting)
        widest = self._tables.widest
        grant = self._producer.admit(self._spec.learning.matches * widest)
        matches = grant.granted // widest
        if matches == 0 or not self._refresh(grant.version):
            if grant.granted:
                self._producer.give_back(grant.granted)
            return False
        self._tables.play(matches, self._matches, self._producer.bundler)
        self._matches += matches
        bundle = self._producer.bundler.bundle()
        unused = grant.granted - len(bundle.trajectories)
        if unused:
            self._producer.give_back(unused)
        return self._send(bundle)

    def _send(self, bundle: Bundle) -> bool:
        self._waiting = bundle  # until there is an answer: a lost one may mean either, and it is sent again as it was
        answer = self._producer.send(bundle)
        self._waiting = bundle if answer is Answer.FULL else None
        if answer in (Answer.TAKEN, Answer.DUPLICATE):
            self._sent += len(bundle.trajectories)
        return answer is Answer.TAKEN

    def _refresh(self, least: int) -> bool:
        """Take over the newest weights; False while those the grant was given for are not there."""
        if self._version >= least and self._weights.version() == self._version:
            return True
        found = self._weights.newest()
        if found is None or found[0] < least:
            return False
        version, blob = found
        self._tables.learn(version, unpack(blob))
        self._version = version
        members = self._tables.pool.members
        there = self._weights.pool()
        for gone in members.keys() - set(there):
            del members[gone]
        for new in sorted(set(there) - members.keys()):
            if (older := self._weights.older(new)) is not None:
                members[new] = unpack(older)
        return True
