"""qualify: what is not the arena's own code first shows, in a few matches, that it is there and knows the rules.

It meets reference players, from every seat, in single rounds of up to `GAMES` of its games. It fails when it forfeits
more than one of these matches, or all of those of one game: strength is no matter here, only legality and liveness.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Set
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.agents import kind_of
from arena.core.errors import BadSpec
from arena.core.terms import Terms
from arena.core.wire import FAULTS
from arena.flow.causes import cause
from arena.flow.submit import check_spec, games_of, succeed
from arena.store import lives, matches, outbox, players
from arena.store.matches import NewMatch
from arena.store.players import Version
from games import catalog
from games.record import rules_hash

log = logging.getLogger("arena.qualify")

GAMES = 3
LEGS = 2
FIRST = ("tic_tac_toe", "kuhn_poker", "connect_four")
"""Of a version that plays whatever it can, these are seen first: they are over soonest."""
OPPONENTS = ("random", "greedy")
PRIORITY = 10
PURPOSE = "qualification"
AT_ONCE = 64
"""Versions looked at in one step."""
WAIT_H = 24
"""Hours that a version may be waited for until it connects."""
GIVEN_UP = 3
"""Matches that the arena may give up, and make anew, before it gives up the version."""
SPARED = 1
"""Matches that a version may forfeit and still qualify."""


class Qualifier:
    """Takes every new version on its way, a step a call."""

    def __init__(self, engine: Engine, terms: Terms) -> None:
        self._engine, self._terms = engine, terms

    def once(self, present: Set[UUID]) -> int:
        """Order the matches of those that may begin, judge those that are through; gives how many went on."""
        with self._engine.connect() as connection:
            coming = lives.coming(connection)
        began = datetime.now(UTC) - timedelta(hours=WAIT_H)
        # Who is not there is passed over without a look: of these there may be any number.
        here = [c for c in coming if c.id in present or not _waits(c) or c.since < began]
        return sum(self._step(c.id, present) for c in here[:AT_ONCE])

    def _step(self, version_id: UUID, present: Set[UUID]) -> bool:
        with self._engine.begin() as connection:
            status = lives.held(connection, version_id)
            (version,) = players.versions(connection, ids=[version_id])
            if status == lives.VALIDATING:
                return self._begin(connection, version, present)
            return status == lives.QUALIFYING and self._go_on(connection, version)

    def _begin(self, connection: Connection, version: Version, present: Set[UUID]) -> bool:
        if not kind_of(version.kind):
            return False  # its file is gone, or newer than this process: it rests until there is one
        try:
            check_spec(version.kind, version.spec)
        except BadSpec as error:
            return _end(connection, version, str(error))
        if kind_of(version.kind).get("connects") and version.id not in present:
            return _end(connection, version, f"It did not connect within {WAIT_H} hours.")
        games = seen_in(version)
        if not games:
            return _end(connection, version, "There is no game that it can play.")
        others = opponents(connection, games)
        if others is None:
            return False
        lives.become(connection, version.id, lives.QUALIFYING)
        self._order(connection, version, _left(version, []), others)
        log.info("%s qualifies in %s", version.label, ", ".join(games))
        return True

    def _go_on(self, connection: Connection, version: Version) -> bool:
        """Whether it is decided, or more of its matches were made."""
        made = lives.qualification(connection, version.id)
        verdict = _judged(connection, version, made)
        if verdict is None:
            left = _left(version, made)
            others = opponents(connection, seen_in(version)) if left else None
            if others is None:
                return False
            self._order(connection, version, left, others)
            return True
        detail = {"matches": [str(match.id) for match in made if match.queue != "dead"]}
        if verdict:
            return _end(connection, version, verdict, detail)
        lives.become(connection, version.id, lives.ACTIVE, "", detail)
        succeed(connection, version.id, lives.ACTIVE)
        told = {"version_id": str(version.id), "player": version.label, "owner": version.owner}
        outbox.add(connection, [("player.qualified", told)])
        log.info("%s has qualified", version.label)
        return True

    def _order(
        self, connection: Connection, version: Version, left: list[tuple[str, int]], others: dict[str, list[UUID]]
    ) -> None:
        matches.add(connection, [self._match(version, *leg, others[leg[0]]) for leg in left], priority=PRIORITY)

    def _match(self, version: Version, game: str, leg: int, others: list[UUID]) -> NewMatch:
        """From the first seat against the weakest reference, or from the last against the next."""
        rules = catalog.load(game)
        seats = [others[min(leg, len(others) - 1)]] * rules.facts.variants["standard"].seats
        seats[0 if leg == 0 else -1] = version.id
        return NewMatch(
            game=game, variant="standard", rounds=1, opening_plies=0, view=rules.facts.views[0],
            rules_hash=rules_hash(rules), league=version.league, purpose=PURPOSE, seed=secrets.randbits(63),
            seats=seats, terms=self._terms,
        )  # fmt: skip


def _waits(version: Any) -> bool:
    """Whether it is one of those that begin once they are connected."""
    return version.status == lives.VALIDATING and bool(kind_of(version.kind).get("connects"))


def _left(version: Version, made: list[Any]) -> list[tuple[str, int]]:
    """Those of its matches, by game and leg, that are still to be made: as many as it wants to play at once."""
    there = {_leg(match, version.id) for match in made if match.queue != "dead"}
    most = version.spec.get("at_once", kind_of(version.kind).get("at_once", GAMES * LEGS))
    room = int(most) - sum(match.queue in ("queued", "leased") for match in made)
    return [leg for leg in product(seen_in(version), range(LEGS)) if leg not in there][: max(0, room)]


def _leg(match: Any, version_id: UUID) -> tuple[str, int]:
    return match.game, 0 if match.seats[0] == version_id else 1


def seen_in(version: Version) -> list[str]:
    """The games it qualifies in: those it named, in the order of the catalogue, or the quickest of all it can play."""
    games = games_of(version.kind, version.games)
    return sorted(games, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))[:GAMES]


def opponents(connection: Connection, games: list[str]) -> dict[str, list[UUID]] | None:
    """For each game the references that play it, weakest first; None while there are none."""
    seated = [v for name in OPPONENTS if (v := players.latest(connection, name)) and v.is_arena]
    found = {game: [v.id for v in seated if game in games_of(v.kind, v.games)] for game in games}
    return found if all(found.values()) else None


def _judged(connection: Connection, version: Version, made: list[Any]) -> str | None:
    """Why it is rejected, or "" once it has shown what it must; None as long as it is open."""
    dead = [match for match in made if match.queue == "dead"]
    if len(dead) > GIVEN_UP:
        return "Its matches could not be played: the arena's operator can see why."
    played = [match for match in made if match.queue != "dead"]
    through = [match for match in played if match.stops is not None]
    forfeits = [match for match in through if _stop(match, version.id) in FAULTS]
    of_game = Counter(match.game for match in forfeits)
    wanted = LEGS * len(seen_in(version))
    if len(forfeits) > SPARED or any(n >= LEGS for n in of_game.values()):
        told = ", ".join(f"{match.game}: {_stop(match, version.id)}" for match in forfeits)
        first = cause(connection, forfeits[0].id, version.id)
        # It is certain before all of them are over: of the others nothing is said, for they may still be forfeited.
        over = f"{wanted}" if len(through) == wanted else f"the {len(through)} that were over by then, of {wanted}"
        return f"It forfeited {len(forfeits)} of {over} matches ({told})." + (f" First in {first}" if first else "")
    return "" if len(through) >= wanted else None


def _stop(match: Any, version_id: UUID) -> str | None:
    return match.stops[match.seats.index(version_id)] if match.stops else None


def _end(connection: Connection, version: Version, reason: str, detail: dict[str, Any] | None = None) -> bool:
    lives.become(connection, version.id, lives.REJECTED, reason, detail)
    told = {"version_id": str(version.id), "player": version.label, "owner": version.owner, "reason": reason}
    outbox.add(connection, [("player.rejected", told)])
    log.info("%s is rejected: %s", version.label, reason)
    return True
