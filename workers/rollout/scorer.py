"""A policy's answers to the positions of one game, remembered until they are to be forgotten.

Small games cost as many rows as they have positions, however many matches are played; all misses of one round of
plies are scored in one batch.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from arena.core.trajectory import Source
from games.rules import Rules, State
from workers.learner.spec import Game
from workers.policy.inference import Inference, Position
from workers.policy.policy import LegalSet, Tokens
from workers.policy.prompts import FORMATS

Key = tuple[str, tuple[int, ...] | tuple[str, ...]]
"""The view and the legal actions: their ids, or, where those mean something else in each position, their names."""
REMEMBERED = 200_000
"""Positions kept for one version; then all are forgotten."""
NOBODY = Source(0, b"")


@dataclass(slots=True, eq=False)
class Known:
    """A position and, once scored, what a policy would do there, and which one."""

    position: Position
    ids: tuple[int, ...]
    prompt: Tokens = ()
    legal: LegalSet = ()
    source: Source = NOBODY
    logps: list[float] = field(default_factory=list)
    upto: list[float] = field(default_factory=list)
    """Cumulative probabilities."""

    def choose(self, draw: float) -> int:
        """The place of the action drawn."""
        return min(bisect_right(self.upto, draw), len(self.upto) - 1)


class Scorer:
    """One policy at one game. A share `explore` of its moves is drawn from all legal ones alike; the log-probabilities
    say so."""

    def __init__(self, policy: Inference, rules: Rules, game: Game, explore: float = 0.0) -> None:
        self.policy, self._facts, self._view, self._explore = policy, rules.facts, game.view, explore
        self._format, self._chooses = FORMATS[game.prompt], game.mode == "choose"
        self._named = not rules.facts.text
        self._known: dict[Key, Known] = {}
        self._missing: list[Known] = []
        self.rows = 0
        """Positions scored so far."""

    def look(self, state: State) -> Known:
        """What is known of the position for the seat whose turn it is; `flush` before more than `position` and `ids` is
        used."""
        ids = tuple(state.legal_ids())
        key = state.view(state.seat, self._view), ids if self._named else tuple(state.names)
        known = self._known.get(key)
        if known is None:
            seen, names = key[0], tuple([state.names[i] for i in ids])
            known = self._known[key] = Known(Position(self._format(self._facts, seen, names), names), ids)
            if self._chooses:
                self._missing.append(known)
        return known

    def flush(self) -> None:
        """Score what is not scored yet. What fails can be tried again."""
        if not self._missing:
            return
        found = self.policy.score([known.position for known in self._missing])
        for known, (prompt, legal, logps, source) in zip(self._missing, found, strict=True):
            known.prompt, known.legal, known.source = prompt, legal, source
            chances = np.exp(logps.astype(np.float64))
            if self._explore:
                chances = (1 - self._explore) * chances + self._explore / len(chances)
            known.logps = np.log(chances).tolist() if self._explore else logps.tolist()
            known.upto = list(accumulate(chances.tolist()))
        self.rows += len(self._missing)
        self._missing = []

    def forget(self) -> None:
        """The policy has new weights. What is not forgotten keeps the source it came from."""
        self._known, self._missing = {}, []

    def rest(self) -> None:
        """Between bundles: forget if too much is remembered."""
        if len(self._known) > REMEMBERED:
            self.forget()
