"""Real matches for tests of what shows them: queued, refereed, verified and settled, without Ray."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from redis import Redis
from sqlalchemy import Engine

from arena.core.agents import Agent
from arena.core.wire import MatchOrder, SeatOrder, pack
from arena.flow.relay import Relay
from arena.flow.settle import Settler
from arena.flow.submit import Submission, submit
from arena.store import matches, players, queue
from arena.store.matches import NewMatch
from arena.store.queue import Leased
from arena.stream.feed import RedisFeed
from arena.stream.memory import MemoryResults
from games import catalog
from games.record import rules_hash
from workers.match.referee import Referee
from workers.match.seating import seat_agents

BUDGET = 3
KEEP = 100_000
Seating = Callable[[MatchOrder], Sequence[Agent]]


def enter(engine: Engine, *names: str, kind: str = "random", league: str = "open") -> list[UUID]:
    """Submit players of one kind, each of an owner of its own."""
    with engine.begin() as connection:
        return [
            submit(connection, players.owner(connection, f"owner of {name}"), Submission(name, kind, {}, league))
            for name in names
        ]


def order(
    engine: Engine, game: str, seats: Sequence[UUID], seed: int = 1, *, purpose: str = "rated",
    pair: UUID | None = None, league: str = "open",
) -> UUID:  # fmt: skip
    """Queue one match in the game's rated format."""
    rules = catalog.load(game)
    new = NewMatch(
        game=game, variant="standard", rounds=rules.facts.rated.rounds, opening_plies=rules.facts.rated.opening_plies,
        view="compact", rules_hash=rules_hash(rules), league=league, purpose=purpose, seed=seed, seats=list(seats),
        pair_id=pair,
    )  # fmt: skip
    with engine.begin() as connection:
        return matches.add(connection, [new])[0]


def settle(engine: Engine, client: Redis | None, n: int = 1000, agents: Seating = seat_agents) -> int:
    """Play up to `n` queued matches, settle them and, with a Redis, tell the feed; gives how many were accepted."""
    results = MemoryResults()
    with engine.begin() as connection:
        leased = queue.lease(connection, "test", n, lease_s=60, attempts=5)
        ids = list({seat for m in leased for seat in m.seats})
        known = {v.id: v for v in players.versions(connection, ids=ids)}
    # On a thread of its own: a test that drives a browser already has an event loop on this one.
    with ThreadPoolExecutor(1) as pool:
        for match in leased:
            seats = [SeatOrder(str(v.id), v.kind, v.spec, v.label) for v in (known[s] for s in match.seats)]
            results.put(pool.submit(_played, match, seats, agents).result())
    accepted = 0
    while len(results):
        accepted += Settler(engine, results, 256).once(0).accepted
    if client is not None:
        tell(engine, client)
    return accepted


def tell(engine: Engine, client: Redis) -> None:
    """Publish what the outbox holds."""
    while Relay(engine, RedisFeed(client, KEEP), KEEP).once():
        pass


def _played(m: Leased, seats: list[SeatOrder], agents: Seating) -> bytes:
    wanted = MatchOrder(
        match_id=str(m.id), fence=m.fence, game=m.game, variant=m.variant, rounds=m.rounds,
        opening_plies=m.opening_plies, view=m.view, seed=m.seed, seats=seats, ply_clock_ms=10_000,
        match_clock_ms=300_000, illegal_budget=BUDGET,
    )  # fmt: skip
    return pack(asyncio.run(Referee(wanted, agents(wanted), "test").play()))
