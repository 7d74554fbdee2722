"""What the live page shows of one ladder: the page and its fragment are made from this."""

from dataclasses import dataclass

from sqlalchemy import Connection

from api.hub import Hub
from api.listing import Summary, summaries
from api.standings import Row, check_ladder, rows, trends
from arena.store import ladders, matches
from games import catalog
from games.rules import Facts

LEAGUE = "open"
RECENT = 10
TREND = 40
"""Ratings in a sparkline."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One ladder at one moment. `seq` is the last event it surely reflects."""

    facts: Facts
    rows: list[Row]
    trends: dict[str, list[float]]
    recent: list[Summary]
    total: int
    rate: int
    seq: int


def shown(connection: Connection, hub: Hub, game: str) -> Shown:
    """Read a ladder.

    Raises:
        UnknownGame: there is no such game.
    """
    ladder = check_ladder(game, LEAGUE)
    seq = hub.at
    found = matches.finished(connection, game=game, league=LEAGUE, limit=RECENT)
    return Shown(
        facts=catalog.load(game).facts,
        rows=rows(connection, ladder),
        trends=trends(connection, ladder, TREND),
        recent=summaries(connection, found),
        total=ladders.last_seq(connection, [ladder]).get(ladder, 0),
        rate=hub.rate(game),
        seq=seq,
    )


def tabs() -> list[Facts]:
    """The games, in the order of their tabs."""
    return [catalog.load(name).facts for name in catalog.laddered()]
