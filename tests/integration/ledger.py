"""What an arena must account for, on one PostgreSQL and one Redis: matches queued, settled, rated and told."""

import json
from uuid import UUID

from sqlalchemy import text

from arena.flow.submit import Submission, seat_references
from arena.ratings.elo import START
from arena.store import database, matches, players, schema
from arena.store.matches import NewMatch
from arena.stream.redis import FEED, connect
from arena.stream.results import backlog
from games import catalog
from games.record import rules_hash
from tests.patience import until

PLAYERS = (
    Submission("random-a", "random", league="reference"),
    Submission("random-b", "random", league="reference"),
    Submission("mcts", "mcts", {"simulations": 30}, "reference"),
)


class Ledger:
    """Three reference players, and the books kept of them."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.database_url, self.redis_url = database_url, redis_url
        self.engine = database.connect(database_url)
        schema.upgrade(self.engine)
        with self.engine.begin() as connection:
            seat_references(connection, PLAYERS)
            self.ids = {v.player: v.id for v in players.versions(connection)}

    def close(self) -> None:
        self.engine.dispose()

    def queue(self, game: str, a: str, b: str, n: int) -> list[UUID]:
        rules = catalog.load(game)
        fmt = rules.facts.rated
        new = [
            NewMatch(
                game=game, variant="standard", rounds=fmt.rounds, opening_plies=fmt.opening_plies, view="prose",
                rules_hash=rules_hash(rules), league="open", purpose="rated", seed=seed,
                seats=[self.ids[a], self.ids[b]][:: 1 if seed % 2 else -1],
            )
            for seed in range(n)
        ]  # fmt: skip
        with self.engine.begin() as connection:
            return matches.add(connection, new)

    def settled(self, ids: list[UUID]) -> int:
        return self.scalar("SELECT count(*) FROM result WHERE match_id = ANY(:ids)", ids=ids)

    def scalar(self, query: str, **values: object) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text(query), values).scalar_one())

    def reports(self) -> int:
        """Reports that wait to be settled."""
        client = connect(self.redis_url)
        waiting = backlog(client)
        client.close()
        return waiting

    def fed(self) -> list[tuple[int, str]]:
        """(number, match) of every settled match on the feed."""
        client = connect(self.redis_url)
        entries = client.xrange(FEED)
        client.close()
        return [
            (int(i.decode().partition("-")[0]), json.loads(f[b"data"])["match_id"])
            for i, f in entries
            if f[b"event"] == b"match.settled"
        ]

    def check(self, ids: list[UUID]) -> None:
        """Every match of `ids` was settled and told exactly once, and the ladders add up."""
        assert self.scalar("SELECT count(*) FROM match_queue") == 0
        assert self.scalar("SELECT count(*) FROM result") == self.scalar("SELECT count(*) FROM match")
        events = self.scalar("SELECT count(*) FROM elo_event WHERE match_id = ANY(:ids)", ids=ids)
        assert events == 2 * len(ids)
        ladders = "FROM (SELECT ladder, sum(elo - :start) AS off FROM standing GROUP BY ladder) s WHERE off <> 0"
        assert self.scalar(f"SELECT count(*) {ladders}", start=START) == 0
        assert self.scalar("SELECT count(*) FROM standing s WHERE elo - :start <> (SELECT sum(delta) FROM elo_event e "
                          "WHERE e.ladder = s.ladder AND e.version_id = s.version_id)", start=START) == 0  # fmt: skip
        assert self.scalar("SELECT sum(wins + draws + losses) FROM standing") == self.scalar(
            "SELECT count(*) FROM elo_event"
        )
        wanted = {str(i) for i in ids}
        until("the feed to tell of every match", lambda: wanted <= {match for _, match in self.fed()})
        fed = self.fed()
        assert len({match for _, match in fed}) == len(fed)
        numbers = [number for number, _ in fed]
        assert numbers == sorted(set(numbers))
        assert self.scalar("SELECT count(*) FROM outbox WHERE feed_seq IS NOT NULL") == self.scalar(
            "SELECT max(feed_seq) FROM outbox"
        )
