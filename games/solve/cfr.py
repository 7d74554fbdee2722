"""Equilibria of small hidden games for two players, by CFR+ (Tammelin, 2014: arXiv 1407.5042) in OpenSpiel's solver.

Its average policy is read off by walking the tree, so that it is keyed by what our own players see.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

import pyspiel

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import Rules, State
from games.solve.oracle import Policy

ITERATIONS = {"kuhn_poker": 1000, "goofspiel": 40}
DEFAULT_ITERATIONS = 100
"""Enough for a NashConv of 0.03 chips a hand in Leduc hold'em, in about a second."""
FAINT = 1e-12
"""Added to every reach, so that what an equilibrium never does has a mean, too."""


@lru_cache(maxsize=32)
def solve(rules: Rules, variant: str = "standard") -> Policy:
    """An approximate equilibrium, and how far from one it is.

    Raises:
        ValueError: not an OpenSpiel zero-sum game for two, or two information sets share a compact view.
    """
    facts = rules.facts
    seats = rules.check_variant(variant).seats
    if not isinstance(rules, SpielRules) or facts.payoff != "zero_sum" or seats != 2:
        raise ValueError(f"{facts.name}/{variant} is not an OpenSpiel zero-sum game for two")
    game = rules.game(variant)
    solver = pyspiel.CFRPlusSolver(game)
    for _ in range(ITERATIONS.get(facts.name, DEFAULT_ITERATIONS)):
        solver.evaluate_and_update_policy()
    average = solver.average_policy()
    return Policy(_by_view(rules, variant, average), pyspiel.nash_conv(game, average))


def _by_view(rules: SpielRules, variant: str, policy: pyspiel.Policy) -> dict[str, dict[str, float]]:
    template = rules.start(0, variant)
    names = rules.actions(variant)
    entries: dict[str, dict[str, float]] = {}
    owner: dict[str, str] = {}
    ahead = [rules.game(variant).new_initial_state()]
    while ahead:
        here = ahead.pop()
        if here.is_terminal():
            continue
        if not here.is_chance_node():
            seat = here.current_player()
            view, group = template.at(here, Chance(0)).view(seat, "compact"), here.information_state_string()
            if owner.setdefault(view, group) != group or "\n" in view:
                raise ValueError(f"the compact view {view!r} does not identify an information set")
            if view not in entries:
                entries[view] = {names[a]: p for a, p in policy.action_probabilities(here).items()}
        ahead.extend(here.child(action) for action in here.legal_actions())
    return entries


def action_values(state: State) -> dict[str, float]:
    """The expected score of each legal action to the seat whose turn it is, given what it knows, when everybody goes on
    by the equilibrium; where an equilibrium never leads, all that it may not know counts alike.

    Raises:
        ValueError: where `solve` does.
    """
    assert isinstance(state.rules, SpielRules)
    return dict(_worths(state.rules, state.variant)[state.view(state.seat, "compact")])


@lru_cache(maxsize=32)
def _worths(rules: SpielRules, variant: str) -> Mapping[str, Mapping[str, float]]:
    """By compact view, then by action: its worth. One walk over the tree."""
    walk = _Walk(solve(rules, variant).entries, rules.start(0, variant))
    walk.score(rules.game(variant).new_initial_state(), [1.0, 1.0])
    return {
        view: {action: total / walk.weights[view] for action, total in totals.items()}
        for view, totals in walk.totals.items()
    }


class _Walk:
    """Sums, over the histories in each information set, of what actions are worth, weighed by the others' reach."""

    def __init__(self, policy: Mapping[str, Mapping[str, float]], template: SpielState) -> None:
        self._policy, self._template = policy, template
        self.totals: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.weights: dict[str, float] = defaultdict(float)

    def score(self, here: "pyspiel.State", reach: list[float]) -> list[float]:
        """Expected scores below `here`. `reach[i]`: of the play of all but seat i, chance included, that leads here."""
        if here.is_terminal():
            return here.returns()
        if here.is_chance_node():
            found = [(p, self.score(here.child(a), [r * p for r in reach])) for a, p in here.chance_outcomes()]
            return [sum(p * scores[i] for p, scores in found) for i in (0, 1)]
        state = self._template.at(here, Chance(0))
        seat, view = state.seat, state.view(state.seat, "compact")
        weight = reach[seat] + FAINT
        self.weights[view] += weight
        expected = [0.0, 0.0]
        for action, p in self._policy[view].items():
            after = [r * p if i != seat else r for i, r in enumerate(reach)]
            scores = self.score(here.child(state.ids[action]), after)
            self.totals[view][action] += weight * scores[seat]
            expected = [e + p * s for e, s in zip(expected, scores, strict=True)]
        return expected
