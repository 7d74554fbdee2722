"""qualify: what is not the arena's own code first shows, in a few matches, that it is there and knows the rules.

It meets reference players, from every seat, in single rounds of up to `GAMES` of its games. It fails when it forfeits
more than one of these matches, or all of those of one game: strength is no matter here, only legality and liveness.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Iterable, Set
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.agents import kind_of
from arena.core.errors import BadSpec
from arena.core.terms import Terms
from arena.core.wire import FAULTS
from arena.flow.submit import check_spec, games_of, succeed
from arena.store import findings, lives, matches, outbox, players
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
SPARED = 1
"""Matches that a version may forfeit and still qualify."""


class Qualifier:
    """Takes every new version on its way, a step a call."""

    def __init__(self, engine: Engine, terms: Terms) -> None:
        self._engine, self._terms = engine, terms

    def once(self, present: Set[UUID]) -> int:
        """Order the matches of those that may begin, judge those that are through; gives how many went on."""
        with self._engine.connect() as connection:
            waiting = lives.in_status(connection, lives.VALIDATING, lives.QUALIFYING)
        return sum(self._step(version_id, present) for version_id in waiting)

    def _step(self, version_id: UUID, present: Set[UUID]) -> bool:
        with self._engine.begin() as connection:
            status = lives.held(connection, version_id)
            (version,) = players.versions(connection, ids=[version_id])
            if status == lives.VALIDATING:
                return self._begin(connection, version, present)
            return status == lives.QUALIFYING and _judge(connection, version)

    def _begin(self, connection: Connection, version: Version, present: Set[UUID]) -> bool:
        if not kind_of(version.kind):
            return False  # its file is gone, or newer than this process: it rests until there is one
        try:
            check_spec(version.kind, version.spec)
        except BadSpec as error:
            return _end(connection, version, str(error))
        if kind_of(version.kind).get("connects") and version.id not in present:
            return False
        games = _seen_in(version)
        if not games:
            return _end(connection, version, "There is no game that it can play.")
        others = _opponents(connection, games)
        if others is None:
            return False
        new = [match for game in games for match in self._legs(version, game, others[game])]
        ids = matches.add(connection, new, priority=PRIORITY)
        lives.become(connection, version.id, lives.QUALIFYING, "", {"matches": [str(i) for i in ids]})
        log.info("%s qualifies in %s", version.label, ", ".join(games))
        return True

    def _legs(self, version: Version, game: str, others: list[UUID]) -> Iterable[NewMatch]:
        """One match from the first seat and one from the last, against the weakest reference and then the next."""
        rules = catalog.load(game)
        views = rules.facts.views
        for leg in range(LEGS):
            seats = [others[min(leg, len(others) - 1)]] * rules.facts.variants["standard"].seats
            seats[0 if leg == 0 else -1] = version.id
            yield NewMatch(
                game=game, variant="standard", rounds=1, opening_plies=0, view=views[0], rules_hash=rules_hash(rules),
                league=version.league, purpose=PURPOSE, seed=secrets.randbits(63), seats=seats, terms=self._terms,
            )  # fmt: skip


def _seen_in(version: Version) -> list[str]:
    """The games it qualifies in: those it named, in the order of the catalogue, or the quickest of all it can play."""
    games = games_of(version.kind, version.games)
    return sorted(games, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))[:GAMES]


def _opponents(connection: Connection, games: list[str]) -> dict[str, list[UUID]] | None:
    """For each game the references that play it, weakest first; None while there are none."""
    seated = [v for name in OPPONENTS if (v := players.latest(connection, name)) and v.is_arena]
    found = {game: [v.id for v in seated if game in games_of(v.kind, v.games)] for game in games}
    return found if all(found.values()) else None


def _judge(connection: Connection, version: Version) -> bool:
    """Whether it is decided."""
    begun = next(e for e in reversed(lives.history(connection, [version.id])[version.id]) if "matches" in e.detail)
    fates = lives.fates(connection, [UUID(i) for i in begun.detail["matches"]])
    dead = [fate for fate in fates if fate.queue == "dead"]
    if dead:
        noticed = [f.detail.get("why", f.kind) for fate in dead for f in findings.of_match(connection, fate.id)]
        why = f" {noticed[-1]}." if noticed else ""
        return _end(connection, version, f"A match of {dead[0].game} could not be played at all.{why}", begun.detail)
    forfeits = [(fate.game, stop) for fate in fates if (stop := _stop(fate, version.id)) in FAULTS]
    of_game = Counter(game for game, _ in forfeits)
    lost = [game for game, n in of_game.items() if n >= LEGS]
    if lost or len(forfeits) > SPARED:
        told = ", ".join(f"{game}: {stop}" for game, stop in forfeits)
        reason = f"It forfeited {len(forfeits)} of {len(fates)} matches ({told})."
        return _end(connection, version, reason, begun.detail)
    if any(fate.stops is None for fate in fates):
        return False
    lives.become(connection, version.id, lives.ACTIVE, "", begun.detail)
    succeed(connection, version.id, lives.ACTIVE)
    told = {"version_id": str(version.id), "player": version.label, "owner": version.owner}
    outbox.add(connection, [("player.qualified", told)])
    log.info("%s has qualified", version.label)
    return True


def _stop(fate: Any, version_id: UUID) -> str | None:
    return fate.stops[fate.seats.index(version_id)] if fate.stops else None


def _end(connection: Connection, version: Version, reason: str, detail: dict[str, Any] | None = None) -> bool:
    lives.become(connection, version.id, lives.REJECTED, reason, detail)
    told = {"version_id": str(version.id), "player": version.label, "owner": version.owner, "reason": reason}
    outbox.add(connection, [("player.rejected", told)])
    log.info("%s is rejected: %s", version.label, reason)
    return True
