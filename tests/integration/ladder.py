"""A ladder on a real database, with matches queued, leased, played and settled by the arena's own code."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine, text

from arena.core.terms import Terms
from arena.core.wire import MatchOrder, MatchReport, SeatOrder, pack
from arena.flow.settle import Settled, Settler
from arena.flow.submit import Submission, seat_references
from arena.store import matches, players, queue
from arena.store.matches import NewMatch
from arena.stream.memory import MemoryResults
from games import catalog
from games.record import rules_hash
from workers.match.referee import Referee
from workers.match.seating import seat_agents

RANDOMS = tuple(Submission(f"random-{n}", "random", league="reference") for n in "abc")


@dataclass
class Ladder:
    """Random players on one database. `results` stands for the stream."""

    engine: Engine
    results: MemoryResults = field(default_factory=MemoryResults)

    def __post_init__(self) -> None:
        with self.engine.begin() as connection:
            seat_references(connection, RANDOMS)
            self.ids = [v.id for v in players.versions(connection)]

    def queue(self, n: int, game: str = "tic_tac_toe", purpose: str = "rated", terms: Terms = Terms()) -> list[UUID]:
        """Queue `n` matches on different seeds."""
        rules = catalog.load(game)
        fmt = rules.facts.rated
        new = [
            NewMatch(
                game=game, variant="standard", rounds=min(fmt.rounds, 4), opening_plies=fmt.opening_plies,
                view="prose", rules_hash=rules_hash(rules), league="open", purpose=purpose, seed=seed,
                seats=[self.ids[seed % 3], self.ids[(seed + 1) % 3]], terms=terms,
            )
            for seed in range(n)
        ]  # fmt: skip
        with self.engine.begin() as connection:
            return matches.add(connection, new)

    def lease(self, n: int = 1000, lease_s: float = 60.0) -> list[MatchOrder]:
        """Lease what is queued, as the pool would."""
        with self.engine.begin() as connection:
            leased = queue.lease(connection, "host", n, lease_s=lease_s, attempts=5)
        return [
            MatchOrder(
                match_id=str(m.id), fence=m.fence, game=m.game, variant=m.variant, rounds=m.rounds,
                opening_plies=m.opening_plies, view=m.view, seed=m.seed,
                seats=[SeatOrder(str(s), "random", {}, "random") for s in m.seats],
                ply_clock_ms=m.ply_clock_ms, match_clock_ms=m.match_clock_ms, illegal_budget=m.illegal_budget,
            )
            for m in leased
        ]  # fmt: skip

    def settle(self, reports: Iterable[MatchReport | bytes], batch: int = 256) -> Settled:
        """Put reports on the stream and settle until it is empty."""
        for report in reports:
            self.results.put(report if isinstance(report, bytes) else pack(report))
        total = Settled()
        settler = Settler(self.engine, self.results, batch)
        while len(self.results):
            one = settler.once(0)
            total.accepted += one.accepted
            total.duplicates += one.duplicates
            total.refused += one.refused
        return total

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(r) for r in connection.execute(text(query))]

    def standings(self) -> list[tuple[object, ...]]:
        """What refit and settling must agree on."""
        return self.rows("SELECT ladder, version_id, elo, wins, draws, losses FROM standing ORDER BY 1, 2")

    def facts(self) -> list[tuple[object, ...]]:
        """What settling the same reports in another order must agree on."""
        return self.rows(
            "SELECT match_id, scores, ranks, stops, game_hash, evidence_hash FROM result ORDER BY match_id"
        )


def played(orders: Iterable[MatchOrder]) -> list[MatchReport]:
    """What a host would report."""

    async def all_of_them() -> list[MatchReport]:
        return [await Referee(o, seat_agents(o), "host").play() for o in orders]

    return asyncio.run(all_of_them())


Forge = Callable[[MatchReport], MatchReport]
