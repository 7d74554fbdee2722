"""Laws on scores and length: what the facts promise of them holds in every match."""

from games.conformance.broken import require
from games.conformance.subject import Subject
from games.rules import OVER


def scores_are_in_bounds(subject: Subject) -> None:
    """Every seat has a score, within the variant's utility in each round played."""
    low, high = subject.facts.utility
    for fmt in subject.formats:
        for state in subject.positions(fmt):
            scores = state.returns()
            require(len(scores) == subject.facts.seats, f"{len(scores)} scores for {subject.facts.seats} seats")
            for score in scores:
                bound = f"[{low * fmt.rounds:g}, {high * fmt.rounds:g}]"
                require(
                    min(low, 0.0) * fmt.rounds <= score <= max(high, 0.0) * fmt.rounds,
                    f"a score of {score:g} is outside {bound}",
                )
                require(str(score) != "-0.0", "a score is minus zero")


def scores_add_up(subject: Subject) -> None:
    """Zero-sum scores sum to exactly zero; cooperative ones are equal."""
    payoff = subject.rules.facts.payoff
    for fmt in subject.formats:
        for state in subject.positions(fmt):
            scores = state.returns()
            require(payoff != "zero_sum" or sum(scores) == 0.0, f"scores {scores} do not sum to zero")
            require(payoff != "cooperative" or len(set(scores)) == 1, f"shared scores {scores} differ")


def matches_end(subject: Subject) -> None:
    """No match is longer than `max_plies` in each of its rounds, and every match is played to an end."""
    for fmt in subject.formats:
        longest = subject.facts.max_plies * fmt.rounds
        for state in subject.positions(fmt):
            plies = len(state.moves())
            require(plies < longest or state.seat == OVER, f"not over after {plies} plies; max_plies allows {longest}")
            require(plies <= longest, f"over after {plies} plies; max_plies allows {longest}")
