"""Tables to play at in tests: orders, agents that do as they are told, and reports from the real referee."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from arena.core.agents import Agent, Answer, Turn
from arena.core.ids import new_id
from arena.core.wire import MatchOrder, MatchReport, SeatOrder, pack, unpack_report
from games import catalog
from workers.match.referee import Referee
from workers.match.seating import seat_agents

BUDGET = 3


class Scripted:
    """Answers by a function of the turn, or by a fixed list of replies."""

    view: str | None = ""

    def __init__(self, answer: Callable[[Turn], Answer | Awaitable[Answer]]) -> None:
        self.act = answer
        self.turns: list[Turn] = []


def first(turn: Turn) -> str:
    """The first legal action."""
    return turn.legal[0]


def order_for(game: str, *, seed: int = 7, rated: bool = True, **changes: object) -> MatchOrder:
    """A match of random players."""
    facts = catalog.load(game).facts
    fmt, names = facts.rated if rated else None, "abcdefg"[: facts.variants["standard"].seats]
    values: dict[str, object] = {
        "match_id": str(new_id()), "fence": 1, "game": game, "variant": "standard",
        "rounds": fmt.rounds if fmt else 1, "opening_plies": fmt.opening_plies if fmt else 0, "view": "prose",
        "seed": seed, "seats": [SeatOrder(str(new_id()), "random", {}, n) for n in names],
        "ply_clock_ms": 10_000, "match_clock_ms": 60_000, "illegal_budget": BUDGET,
    }  # fmt: skip
    return MatchOrder(**{**values, **changes})  # type: ignore[arg-type]


def play(order: MatchOrder, agents: Sequence[Agent] | None = None) -> MatchReport:
    """The referee's report, as it comes over the wire."""
    return unpack_report(pack(asyncio.run(Referee(order, agents or seat_agents(order), "host").play())))


def seats_of(order: MatchOrder) -> list[UUID]:
    """The version ids in the order of play."""
    return [UUID(s.version_id) for s in order.seats]
