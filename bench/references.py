"""How the arena's reference players differ in strength from one another, in a usual order, on every Elo ladder.

Rated matches on the standard variant, seats turning; a match gives 1, 1/2 or 0. Cooperative games and larger tables
have no ladder: that their players differ in strength stands in the games' own tests.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.console import Console
from rich.progress import track

from arena.core.terms import Terms
from arena.core.wire import MatchOrder, MatchReport, SeatOrder
from arena.flow.submit import REFERENCES, games_of
from arena.ratings.wilson import interval
from bench.figures import Figure, report
from games import catalog
from workers.match.referee import Referee
from workers.match.seating import seat_agents

KNOWN = {reference.name: reference for reference in REFERENCES}
IN_ORDER = ("silent", "random", "mcts-10", "greedy", "mcts-100", "mcts-1000", "oracle", "minimax", "cfr")
MOST = 400
"""Matches of one pair."""
SAME = 1e-9
TERMS = Terms(ply_clock_ms=600_000, match_clock_ms=3_600_000)


def players_of(game: str) -> list[str]:
    """The reference players that can play it, in the order in which they are mostly stronger."""
    able = {r.name for r in REFERENCES if game in games_of(r.kind, list(r.games))}
    return [name for name in IN_ORDER if name in able]


def play(game: str, seats: Sequence[str], seed: int, number: int) -> MatchReport:
    """One match in the rated format. No seat may have lost by a fault of its own."""
    rules = catalog.load(game)
    rated = rules.facts.rated
    order = MatchOrder(
        match_id=f"{game}-{number}", fence=1, game=game, variant="standard", rounds=rated.rounds,
        opening_plies=rated.opening_plies, view=rules.facts.views[0], seed=seed, ply_clock_ms=TERMS.ply_clock_ms,
        match_clock_ms=TERMS.match_clock_ms, illegal_budget=TERMS.illegal_budget,
        seats=[SeatOrder(f"{seat}", KNOWN[name].kind, KNOWN[name].spec, name) for seat, name in enumerate(seats)],
    )  # fmt: skip
    return asyncio.run(Referee(order, seat_agents(order), "bench").play())


def share(game: str, name: str, other: str, seconds: float) -> list[float]:
    """What `name` gets in each match against `other`: 1, 1/2 or 0. As many matches as there is time for."""
    began, found = time.monotonic(), list[float]()
    for number in range(MOST):
        mine, seed = number % 2, number // 2
        seats = play(game, (name, other) if mine == 0 else (other, name), seed, number).seats
        ahead = seats[mine].score - seats[1 - mine].score
        found.append(0.5 if abs(ahead) < SAME else float(ahead > 0))
        if time.monotonic() - began > seconds and mine:
            break
    return found


def figures(game: str, seconds: float) -> Iterator[Figure]:
    """Each of a game's players against the one before it."""
    names = players_of(game)
    for weaker, name in pairwise(names):
        found = share(game, name, weaker, seconds)
        low, high = interval(found.count(1.0), found.count(0.5), found.count(0.0))
        what = f"of the points against {weaker}"
        points = statistics.fmean(found)
        yield Figure(
            f"references.{game}.{name}",
            points,
            what,
            target="not 0.5, at 95 %",
            meets=not low <= 0.5 <= high,
            seeds=len(found),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("games", nargs="*", help="all, unless named")
    parser.add_argument("--seconds", type=float, default=12.0, help="for each pair of players, about")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    names = options.games or catalog.laddered()
    shown = track(names, "playing", console=Console(stderr=True), disable=options.json)
    report((figure for game in shown for figure in figures(game, options.seconds)), options.json)


if __name__ == "__main__":
    main()
