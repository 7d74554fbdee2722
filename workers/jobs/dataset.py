"""Matches as lines of JSON: what each seat saw, could do and did, and what came of it. A function of the seed alone."""

import asyncio
import json
from typing import Any

import zstandard

from arena.core.chance import derive
from arena.core.errors import JobFailed
from arena.core.terms import Terms
from arena.core.wire import MatchOrder, Ply, SeatOrder, Stop
from games import catalog
from games.rules import OVER, State
from workers.match.referee import Referee
from workers.match.seating import seat_agents

LEVEL = 6


class OutOfTime(Exception):
    """A match ran out of its clocks. On a machine with less to do it might not: it is no lasting failure."""


def play_file(spec: dict[str, Any], first: int, matches: int, terms: Terms) -> bytes:
    """Play matches `first`, `first + 1`, … of a data set and give them as compressed lines of JSON.

    Raises:
        JobFailed: an agent failed: what it would have done is no data.
        OutOfTime: an agent ran out of time.
    """

    async def play() -> bytes:
        packer = zstandard.ZstdCompressor(LEVEL).compressobj()  # a match at a time: the lines may be large
        packed = [
            packer.compress(f"{await _play(spec, number, terms)}\n".encode())
            for number in range(first, first + matches)
        ]
        return b"".join([*packed, packer.flush()])

    return asyncio.run(play())


async def _play(spec: dict[str, Any], number: int, terms: Terms) -> str:
    order = _order(spec, number, terms)
    referee = Referee(order, seat_agents(order), "selfplay")
    state = referee.env.state_
    seen = [_seen(state, order.view)]
    plies: list[dict[str, Any]] = []

    def watch(after: State, ply: Ply) -> None:
        plies.append({"seat": ply.seat, "view": seen.pop(), "legal": ply.legal, "action": ply.action})
        seen.append(_seen(after, order.view))

    referee.watch = watch
    report = await referee.play()
    stops = [str(s.stop) for s in report.seats]
    ended = f"Match {number} ended with {' and '.join(stops)}."
    if Stop.AGENT_FAULT in stops:
        raise JobFailed(ended, todo="Choose other agents.")
    if Stop.TIMEOUT in stops:
        raise OutOfTime(f"{ended} Choose faster agents or longer clocks, or wait until the machine has less to do.")
    return json.dumps(
        {"match": number, "seed": order.seed, "game": order.game, "variant": order.variant,
         "scores": [s.score for s in report.seats], "stops": stops, "game_hash": report.game_hash.hex(),
         "plies": plies}
    )  # fmt: skip


def _seen(state: State, view: str) -> str:
    return "" if state.seat == OVER else state.view(state.seat, view)


def _order(spec: dict[str, Any], number: int, terms: Terms) -> MatchOrder:
    fmt = catalog.load(spec["game"]).facts.rated
    seats = [SeatOrder(f"seat-{i}", s["kind"], s.get("spec", {}), s["kind"]) for i, s in enumerate(spec["seats"])]
    return MatchOrder(
        match_id=str(number), fence=0, game=spec["game"], variant=spec["variant"], rounds=fmt.rounds,
        opening_plies=fmt.opening_plies, view=spec["view"], seed=derive(spec["seed"], "match", number) >> 1,
        seats=seats, ply_clock_ms=terms.ply_clock_ms, match_clock_ms=terms.match_clock_ms,
        illegal_budget=terms.illegal_budget,
    )  # fmt: skip
