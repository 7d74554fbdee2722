"""What a match is worth to each seat: the game's own returns, or, after a fault, the worst for whoever faulted."""

from arena.core.wire import Stop
from games.rules import Rules


def ranks(scores: list[float], loser: int | None = None) -> list[int]:
    """1 is best; equal scores share a rank. Whoever was stopped by its own fault is last, whatever the scores say."""
    found = [1 + sum(other > score for other in scores) for score in scores]
    if loser is not None:
        found[loser] = len(scores)
    return found


def forfeit_scores(rules: Rules, variant: str, rounds: int, loser: int) -> list[float]:
    """Scores when seat `loser` is stopped by its own fault: it gets the game's lowest utility for the whole match.

    In zero-sum games the others share what it loses; elsewhere they get nothing, so a forfeit never pays them more
    than play could. Judges never score, and nobody scores by a judge's fault.
    """
    facts = rules.check_variant(variant)
    low = 0.0 if loser in facts.judges else float(facts.utility[0]) * rounds
    share = -low / (facts.seats - len(facts.judges) - 1) if rules.facts.payoff == "zero_sum" and low else 0.0
    others = [0.0 if seat in facts.judges else share for seat in range(facts.seats)]
    return [low if seat == loser else score for seat, score in enumerate(others)]


def endings(scores: list[float]) -> list[Stop]:
    """How a game that ran to its end ended for each seat: the best score wins, a shared best is a draw."""
    best = max(scores)
    shared = scores.count(best) > 1
    return [(Stop.DRAW if shared else Stop.WIN) if s == best else Stop.LOSS for s in scores]
