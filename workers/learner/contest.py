"""Matches of a policy against an agent that never learns, for their results alone: nothing is explored or recorded.

All are played side by side, a ply at a time, so that the policy decides in batches. The rules, formats and forfeits
are those of training matches: the policy reads what it was trained to read.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from arena.core.agents import Agent
from arena.core.chance import derive
from games import catalog
from games.rules import OVER, Format, State
from games.scoring import forfeit_scores
from games.session import start
from workers.learner.occupants import Named, ask
from workers.learner.spec import Game
from workers.policy.inference import Held, Position
from workers.policy.policy import Policy
from workers.policy.prompts import FORMATS, MAX_TOKENS, STOP

Floats = NDArray[np.float64]
ROWS = 2048
"""Positions that the policy reads at once, at most."""


@dataclass(slots=True)
class Match:
    """One match under way."""

    state: State
    own: int
    """The policy's seat."""
    agents: dict[int, Agent]
    """In the other seats."""
    plies: int = 0
    scores: list[float] = field(default_factory=list)
    """Of each seat, once it is over."""


class Contest:
    """A policy against one agent, who has all other seats."""

    def __init__(self, game: Game, named: Named) -> None:
        self._game, self._named, self._rules = game, named, catalog.load(game.name)
        self._seats = self._rules.check_variant(game.variant).seats

    def play(self, policy: Policy, rounds: int, seed: int) -> Floats:
        """Every seat's score, by round, the policy's own seat in it, and seat.

        In a round the policy has each seat once, on one deal or opening: luck that favours a seat comes to both sides.
        A function of the weights and the seed.
        """
        matches = [self._begin(number, own, seed) for number in range(rounds) for own in range(self._seats)]
        held, rng, live = Held(policy), np.random.default_rng(derive(seed, "draws")), matches
        while live:
            self._ply(held, live, rng)
            live = [match for match in live if not match.scores]
        return np.array([match.scores for match in matches]).reshape(rounds, self._seats, self._seats)

    def _begin(self, number: int, own: int, seed: int) -> Match:
        game = self._game
        deal = derive(seed, "deal", number)
        state = start(self._rules, deal, game.variant, Format(game.rounds, game.opening_plies))
        others = (seat for seat in range(self._seats) if seat != own)
        agents = {seat: self._named.sit(game, seat, derive(deal, own)) for seat in others}
        return Match(state, own, agents)

    def _ply(self, held: Held, live: list[Match], rng: np.random.Generator) -> None:
        """The agents move where it is their turn, then the policy in all matches at once."""
        for match in live:
            if (agent := match.agents.get(match.state.seat)) is not None:
                self._apply(match, ask(agent, match.state, self._game, match.plies))
        asked = [match for match in live if not match.scores and match.state.seat == match.own]
        for at in range(0, len(asked), ROWS):
            some = asked[at : at + ROWS]
            for match, reply in zip(some, self._decide(held, some, rng), strict=True):
                self._apply(match, reply)

    def _decide(self, held: Held, asked: list[Match], rng: np.random.Generator) -> list[str]:
        """What the policy does, drawn from its own distribution: legal actions, or text where it writes."""
        legal = [match.state.legal() for match in asked]
        seen = [match.state.view(match.own, self._game.view) for match in asked]
        form, facts = FORMATS[self._game.prompt], self._rules.facts
        prompts = [form(facts, view, names) for view, names in zip(seen, legal, strict=True)]
        if self._game.mode == "write":
            return [written.text.strip() for written in held.write(prompts, STOP, MAX_TOKENS, rng)]
        scored = held.score([Position(prompt, tuple(names)) for prompt, names in zip(prompts, legal, strict=True)])
        draws = rng.random(len(asked)).tolist()
        chosen = (_place(one.logps, draw) for one, draw in zip(scored, draws, strict=True))
        return [names[place] for names, place in zip(legal, chosen, strict=True)]

    def _apply(self, match: Match, reply: str) -> None:
        """Play it; what is not legal forfeits the match, as it would before the referee."""
        state = match.state
        match.plies += 1
        if not state.accepts(reply):
            match.scores = forfeit_scores(self._rules, self._game.variant, self._game.rounds, state.seat)
            return
        state.play(reply)
        if state.seat == OVER:
            match.scores = state.returns()


def _place(logps: NDArray[np.float32], draw: float) -> int:
    upto = np.exp(logps.astype(np.float64)).cumsum()
    return min(int(np.searchsorted(upto, draw, side="right")), len(upto) - 1)
