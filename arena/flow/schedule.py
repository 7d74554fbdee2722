"""schedule: keep each ladder's queue at its pace, in pairs of legs with the seats swapped."""

import secrets
import time
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.agents import kind_of
from arena.core.chance import Chance
from arena.core.ids import new_id
from arena.core.terms import Terms
from arena.flow.submit import games_of
from arena.pairing.pace import matches_per_minute
from arena.pairing.pairs import Member, Odds
from arena.ratings.elo import MICRO, START
from arena.ratings.wilson import interval
from arena.store import ladders, lives, matches, players, queue
from arena.store.matches import NewMatch
from games import catalog
from games.record import rules_hash

REFERENCE = "reference"
RECOUNT_S = 60.0
OPEN = "open"


@dataclass(slots=True)
class Ladder:
    """One (game, league) and those who may be paired on it now."""

    game: str
    league: str
    members: list[Member]
    intervals: list[tuple[float, float]]

    @property
    def name(self) -> str:
        return f"{self.game}/{self.league}"


class Scheduler:
    """Makes matches as time passes. `backlog` bounds what waits on one ladder, so a dead pool is not buried."""

    def __init__(self, engine: Engine, pace: float, daily: int, *, terms: Terms = Terms(), backlog: int = 64) -> None:
        self._engine, self._pace, self._daily = engine, pace, daily
        self._terms, self._backlog = terms, backlog
        self._due: dict[str, float] = {}
        self._chance = Chance(secrets.randbits(63))
        self._today: dict[str, int] = {}
        self._count_again_at = 0.0

    def tick(self, seconds: float, present: Set[UUID] = frozenset()) -> int:
        """Make the matches due after `seconds` more; gives how many. `present` are the versions connected now."""
        with self._engine.begin() as connection:
            waiting = queue.waiting(connection)
            today = self._made_today(connection)
            new: list[NewMatch] = []
            rooms = Rooms(connection, present)
            for ladder in open_ladders(connection, rooms):
                due = self._owed(ladder, seconds, today.get(ladder.name, 0))
                left = self._daily - today.get(ladder.name, 0)
                room = max(0, min(self._backlog - waiting.get(ladder.name, 0), left))
                pairs = min(int(due // 2), room // 2)
                self._due[ladder.name] = min(due - 2 * pairs, 2.0) if room < due else due - 2 * pairs
                if pairs == 0:
                    continue
                made = self._pairs(ladder, pairs, rooms)
                self._today[ladder.name] = self._today.get(ladder.name, 0) + len(made)
                new += made
            if new:
                matches.add(connection, new)
        return len(new)

    def _pairs(self, ladder: Ladder, pairs: int, rooms: "Rooms") -> list[NewMatch]:
        """So many pairs, as long as there are two who have room for one."""
        made: list[NewMatch] = []
        odds = Odds([m for m in ladder.members if rooms.has(m.id)])
        for _ in range(pairs):
            legs = pair_of(ladder, odds, self._terms, self._chance)
            made += legs
            if legs and rooms.take(legs[0].seats):
                odds = Odds([m for m in ladder.members if rooms.has(m.id)])
        return made

    def _made_today(self, connection: Connection) -> dict[str, int]:
        """Rated matches made since midnight (UTC), by ladder; counted anew once a minute."""
        if time.monotonic() >= self._count_again_at:
            self._today = matches.made_since(connection, _midnight())
            self._count_again_at = time.monotonic() + RECOUNT_S
        return self._today

    def _owed(self, ladder: Ladder, seconds: float, made_today: int) -> float:
        pace = matches_per_minute(self._pace, ladder.intervals, made_today=made_today, daily=self._daily)
        # Two are owed at once to a new ladder, so that it begins to move without waiting; none at pace zero.
        first = 2.0 if pace else 0.0
        return self._due.get(ladder.name, first) + pace * seconds / 60


class Rooms:
    """Who may be paired now: who is there, if his kind must be, and has fewer matches under way than he wants at once.

    What the arena plays itself has room for any number.
    """

    def __init__(self, connection: Connection, present: Set[UUID] = frozenset()) -> None:
        self._left: dict[UUID, int] = {}
        self.active = players.versions(connection, active=True)
        seated = lives.seated(connection)
        for v in self.active:
            kind = kind_of(v.kind)
            most = v.spec.get("at_once", kind.get("at_once"))
            if most is not None:
                self._left[v.id] = int(most) - seated.get(v.id, 0)
            if kind.get("connects") and v.id not in present:
                self._left[v.id] = 0

    def has(self, version_id: object) -> bool:
        """Whether there is room for one more match; both legs of a pair may then be made."""
        return self._left.get(_uuid(version_id), 1) > 0

    def take(self, seats: list[UUID]) -> bool:
        """A pair was made for them; whether one of them has no room any more."""
        limited = [i for i in seats if i in self._left]
        for version_id in limited:
            self._left[version_id] -= 2
        return any(not self.has(i) for i in limited)


def open_ladders(connection: Connection, rooms: Rooms | None = None) -> list[Ladder]:
    """Every ladder with at least two members. References join every league that has players, and the open one."""
    active = (rooms or Rooms(connection)).active
    plays = {v.id: games_of(v.kind, v.games) for v in active}
    leagues = {OPEN} | {v.league for v in active} - {REFERENCE}
    known = {
        (r.ladder, r.version_id): r
        for r in ladders.standings_of(connection, [f"{g}/{lg}" for g in catalog.laddered() for lg in leagues])
    }
    found: list[Ladder] = []
    for game in catalog.laddered():
        for league in sorted(leagues):
            ladder = Ladder(game, league, [], [])
            for v in active:
                if game in plays[v.id] and v.league in (league, REFERENCE):
                    row = known.get((ladder.name, v.id))
                    wdl = (row.wins, row.draws, row.losses) if row else (0, 0, 0)
                    elo = (row.elo if row else START) / MICRO
                    ladder.members.append(Member(v.id, v.owner_id, v.league == REFERENCE, elo, sum(wdl)))
                    ladder.intervals.append(interval(*wdl))
            anybody = league == OPEN or any(not member.exempt for member in ladder.members)
            if anybody and len(ladder.members) > 1:  # references alone have met in the open league
                found.append(ladder)
    return found


def pair_of(ladder: Ladder, odds: Odds, terms: Terms, chance: Chance) -> list[NewMatch]:
    """Two legs between one drawn pair, seats swapped: on one seed in open games, on fresh seeds in hidden ones.

    A player with memory, or a public transcript, would carry the cards of a hidden game over to the other leg.
    """
    drawn = odds.draw(chance)
    if drawn is None:
        return []
    first, second, probability = drawn
    rules = catalog.load(ladder.game)
    views = rules.facts.views
    view = views[chance.below(len(views))]
    pair_id, seed = new_id(), secrets.randbits(63)
    legs: list[NewMatch] = []
    for a, b in ((first, second), (second, first)):
        legs.append(
            NewMatch(
                game=ladder.game,
                variant="standard",
                rounds=rules.facts.rated.rounds,
                opening_plies=rules.facts.rated.opening_plies,
                view=view,
                rules_hash=rules_hash(rules),
                league=ladder.league,
                purpose="rated",
                seed=seed,
                seats=[_uuid(a.id), _uuid(b.id)],
                pair_id=pair_id,
                propensity=probability / len(views),
                terms=terms,
            )
        )
        seed = secrets.randbits(63) if rules.facts.pairing == "hidden" else seed
    return legs


def _uuid(value: object) -> UUID:
    assert isinstance(value, UUID)
    return value


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
