"""A policy's answers to the positions of one game, remembered until its weights change.

Small games cost as many rows as they have positions, however many matches are played; all misses of one round of
plies are scored in one batch.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from games.rules import Rules, State
from workers.learner.spec import Game
from workers.policy.policy import LegalSet, Policy, Tokens
from workers.policy.prompts import FORMATS

Key = tuple[str, tuple[int, ...]]
"""The view and the ids of the legal actions."""
REMEMBERED = 200_000
"""Positions kept for one version; then all are forgotten."""


@dataclass(slots=True, eq=False)
class Known:
    """A position as the policy reads it and, once scored, what it would do."""

    prompt: Tokens
    legal: LegalSet
    ids: tuple[int, ...]
    logps: list[float]
    upto: list[float]
    """Cumulative probabilities."""

    def choose(self, draw: float) -> int:
        """The place of the action drawn."""
        return min(bisect_right(self.upto, draw), len(self.upto) - 1)


class Scorer:
    """One policy at one game. A share `explore` of its moves is drawn from all legal ones alike; the log-probabilities
    say so."""

    def __init__(self, policy: Policy, rules: Rules, game: Game, explore: float = 0.0) -> None:
        self.policy, self._facts, self._view, self._explore = policy, rules.facts, game.view, explore
        self._format = FORMATS[game.prompt]
        self._names = rules.actions(game.variant)
        self._texts = [policy.encode(name) for name in self._names]
        self._known: dict[Key, Known] = {}
        self._missing: list[Known] = []
        self.rows = 0
        """Positions scored so far."""

    def look(self, state: State) -> Known:
        """What is known of the position for the seat whose turn it is; `flush` before its scores are used."""
        key = state.view(state.seat, self._view), tuple(state.legal_ids())
        known = self._known.get(key)
        if known is None:
            seen, ids = key
            names = [self._names[i] for i in ids]
            prompt = self.policy.encode(self._format(self._facts, seen, names))
            known = self._known[key] = Known(prompt, tuple([self._texts[i] for i in ids]), ids, [], [])
            self._missing.append(known)
        return known

    def flush(self) -> None:
        """Score what is not scored yet."""
        if not self._missing:
            return
        found = self.policy.score([k.prompt for k in self._missing], [k.legal for k in self._missing])
        for known, logps in zip(self._missing, found, strict=True):
            chances = np.exp(logps.astype(np.float64))
            if self._explore:
                chances = (1 - self._explore) * chances + self._explore / len(chances)
            known.logps = np.log(chances).tolist() if self._explore else logps.tolist()
            known.upto = list(accumulate(chances.tolist()))
        self.rows += len(self._missing)
        self._missing = []

    def forget(self) -> None:
        """The policy's weights have changed."""
        self._known, self._missing = {}, []

    def rest(self) -> None:
        """Between bundles: forget if too much is remembered."""
        if len(self._known) > REMEMBERED:
            self.forget()
