"""What the live page shows of one ladder: the page and its fragment are made from this."""

from dataclasses import dataclass

from sqlalchemy import Connection

from api.hub import Hub
from api.listing import Summary, summaries
from api.standings import Row, check_ladder, leagues, rows, trends
from arena.store import ladders, matches
from games import catalog
from games.rules import Facts

RECENT = 10
TREND = 40
"""Ratings in a sparkline."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One ladder at one moment. `seq` is the last event it surely reflects."""

    facts: Facts
    league: str
    leagues: list[str]
    """Those that may be chosen for this game."""
    rows: list[Row]
    trends: dict[str, list[float]]
    recent: list[Summary]
    total: int
    rate: int
    seq: int


def shown(connection: Connection, hub: Hub, game: str, league: str) -> Shown:
    """Read a ladder.

    Raises:
        UnknownGame, BadRequest: there is no such game or league.
    """
    ladder = check_ladder(game, league)
    seq = hub.at
    found = matches.finished(connection, game=game, league=league, limit=RECENT)
    return Shown(
        facts=catalog.load(game).facts,
        league=league,
        leagues=leagues(connection, game, league),
        rows=rows(connection, ladder),
        trends=trends(connection, ladder, TREND),
        recent=summaries(connection, found),
        total=ladders.last_seq(connection, [ladder]).get(ladder, 0),
        rate=hub.rate(ladder),
        seq=seq,
    )


def tabs() -> list[Facts]:
    """The games, in the order of their tabs."""
    return [catalog.load(name).facts for name in catalog.laddered()]
