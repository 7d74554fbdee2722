"""What the page of one player shows, of what anybody may know: its versions, where they stand, its newest matches."""

from dataclasses import dataclass

from sqlalchemy import Connection

from api import roster
from api.context import Context
from api.listing import Summary, summaries
from api.roster import PlayerInfo, VersionInfo
from api.standings import Row, stands
from arena.store import matches
from arena.store.matches import Only
from games import catalog

VERSIONS = 30
"""The newest, at most; of a training job's player there may be hundreds."""
RECENT = 20


@dataclass(frozen=True, slots=True)
class Stand:
    """A version's row on a ladder."""

    game: str
    title: str
    league: str
    number: int
    row: Row


@dataclass(frozen=True, slots=True)
class Shown:
    """One player at one moment. `seq` is the last event it surely reflects."""

    player: PlayerInfo
    versions: list[VersionInfo]
    """The newest first."""
    stands: list[Stand]
    recent: list[Summary]
    titles: dict[str, str]
    """Of the games, by name."""
    seq: int


def shown(connection: Connection, reach: Context, name: str) -> Shown:
    """Read a player, as nobody in particular. Raises `UnknownPlayer`."""
    seq = reach.hub.at
    versions = roster.known(connection, name)
    player = roster.one(connection, reach.redis, None, versions)
    ids = [version.id for version in versions]
    recent = summaries(connection, matches.recent(connection, only=Only(seats=ids), limit=RECENT))
    numbers = {str(version.id): version.number for version in versions}
    found = [_stand(ladder, row, numbers[row.version_id]) for ladder, row in stands(connection, versions[-VERSIONS:])]
    newest = player.versions[: -VERSIONS - 1 : -1]
    games = {one.game for one in recent}.union(*(version.games for version in newest))
    titles = {game: catalog.load(game).facts.title for game in games}
    return Shown(player, newest, found, recent, titles, seq)


def _stand(ladder: str, row: Row, number: int) -> Stand:
    game, _, league = ladder.partition("/")
    return Stand(game, catalog.load(game).facts.title, league, number, row)
