"""What holds in an arena's database at every moment, whatever was killed."""

from sqlalchemy import Engine, text

from arena.ratings.elo import START

LAWS = {
    "every match is settled, or waits": "SELECT (SELECT count(*) FROM match) - (SELECT count(*) FROM result) "
    "- (SELECT count(*) FROM match_queue)",
    "none is both": "SELECT count(*) FROM result JOIN match_queue USING (match_id)",
    "none was given up": "SELECT count(*) FROM match_queue WHERE status = 'dead'",
    "each seat of each rated match has one Elo event": "SELECT (SELECT count(*) FROM elo_event) - 2 * "
    "(SELECT count(*) FROM result WHERE ladder IS NOT NULL)",
    "the Elo of a ladder is conserved": f"SELECT count(*) FROM (SELECT sum(elo - {START}) AS off FROM standing "
    "GROUP BY ladder) s WHERE off <> 0",
    "what is told has no gaps": "SELECT coalesce(max(feed_seq), 0) - count(feed_seq) FROM outbox",
    "each settled match is told once": "SELECT count(*) - (SELECT count(*) FROM result) FROM outbox "
    "WHERE event = 'match.settled'",
}
"""Each law, and a query that gives 0 as long as it is kept."""


def broken(engine: Engine) -> dict[str, int]:
    """The laws that are broken now, by how much; all of them looked at in one moment."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        found = {law: int(connection.execute(text(query)).scalar_one()) for law, query in LAWS.items()}
    return {law: count for law, count in found.items() if count}
