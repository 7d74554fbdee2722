"""ask: have one match played now, off the ladder, before what the schedule has queued."""

import re
import secrets
from collections.abc import Set
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from arena.core.agents import KINDS, kind_of
from arena.core.errors import BadRequest, BotAway, CannotPlay, NotAllowed, TooManyAsked, UnknownPlayer
from arena.core.terms import Terms
from arena.store import matches, players, queue
from arena.store.matches import NewMatch
from arena.store.players import Version
from games import catalog
from games.needs import can_play
from games.record import rules_hash
from games.rules import Rules

PRIORITY = 10
PURPOSE = "evaluation"
OPEN = 32
"""Matches one owner may have asked for that are not over."""
LEAGUE = "open"
VERSION = re.compile("[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Wish:
    """The match somebody wants: players by name, in the order of their seats.

    Each plays its newest version, or the one that is named: `name@3`. So a training run's checkpoints can be compared.

    Without a `seed` one is drawn; without a `view` it is the game's first.
    """

    game: str
    players: tuple[str, ...]
    seed: int | None = None
    variant: str = "standard"
    view: str | None = None


def ask(
    connection: Connection,
    wish: Wish,
    terms: Terms = Terms(),
    *,
    owner_id: UUID | None = None,
    present: Set[UUID] | None = None,
) -> UUID:
    """Queue the match in its game's rated format; gives its id. An `owner_id` is of somebody who is no admin.

    `present` are the versions connected now; without it nobody is asked whether he is there.

    Raises:
        NotAllowed: an owner asked for players that are neither his nor the arena's, for none of his own, or for a game
            that is not the arena's.
        BotAway: a player that must be connected to play is not.
        TooManyAsked: `OPEN` of the owner's wait already.
        UnknownGame, UnknownVariant, UnknownView, UnknownPlayer: nothing of that name.
        BadRequest: more or fewer players than the variant has seats.
        CannotPlay: a player's kind cannot play this game.
    """
    if owner_id is not None and catalog.elsewhere(wish.game):
        todo = f"Choose one of the arena's: {', '.join(catalog.names())}."
        raise NotAllowed(f"Only an admin may ask for matches of {wish.game}.", todo=todo)
    rules = catalog.load(wish.game)
    seats = rules.check_variant(wish.variant).seats
    if len(wish.players) != seats:
        what = f"{wish.game} ({wish.variant}) has {seats} seats, not {len(wish.players)}."
        raise BadRequest(what, todo=f"Name {seats} players; one may be named twice.")
    versions = [_seated(connection, name, rules, wish.variant) for name in wish.players]
    if present is not None:
        _check_there(versions, present)
    if owner_id is not None:
        _check_owner(connection, owner_id, versions)
    new = NewMatch(
        game=wish.game,
        variant=wish.variant,
        rounds=rules.facts.rated.rounds,
        opening_plies=rules.facts.rated.opening_plies,
        view=rules.facts.views[0] if wish.view is None else rules.check_view(wish.view),
        rules_hash=rules_hash(rules),
        league=next((v.league for v in versions if not v.is_arena), LEAGUE),
        purpose=PURPOSE,
        seed=secrets.randbits(63) if wish.seed is None else wish.seed,
        seats=[v.id for v in versions],
        terms=terms,
    )
    return matches.add(connection, [new], priority=PRIORITY)[0]


def _check_there(versions: list[Version], present: Set[UUID]) -> None:
    away = [v.label for v in versions if kind_of(v.kind).get("connects") and v.id not in present]
    if away:
        raise BotAway(f"{', '.join(away)} is not connected.", todo="Connect it first: see docs/bots.md.")


def _check_owner(connection: Connection, owner_id: UUID, versions: list[Version]) -> None:
    """What others' players do costs others: one's own may be asked to play, against the arena's."""
    for v in versions:
        if v.owner_id != owner_id and not v.is_arena:
            what = f"{v.label} belongs to somebody else."
            raise NotAllowed(what, todo="Name players of your own and the arena's; the ladder matches you with others.")
    if all(v.is_arena for v in versions):
        raise NotAllowed("None of these players is yours.", todo="Let one of your own play.")
    players.hold_owner(connection, owner_id)
    waiting = queue.of_owner(connection, owner_id, PURPOSE)
    if waiting >= OPEN:
        raise TooManyAsked(f"{waiting} matches that you asked for still wait.", todo="Ask again when they are over.")


def _seated(connection: Connection, name: str, rules: Rules, variant: str) -> Version:
    player, at, number = name.partition("@")
    newest = players.latest(connection, player)
    if newest is None:
        raise UnknownPlayer(f"There is no player named {player!r}.", todo="List them with GET /api/v1/players.")
    found = newest if not at else players.latest(connection, player, int(number)) if VERSION.fullmatch(number) else None
    if found is None:
        todo = f"Name one from 1 to {newest.number}."
        raise UnknownPlayer(f"{player} has no version {number!r}.", todo=todo)
    if found.games and rules.facts.name not in found.games:
        todo = f"It was submitted for {', '.join(found.games)}."
        raise CannotPlay(f"{name} does not play {rules.facts.name}.", todo=todo)
    if found.kind not in KINDS.names() or not can_play(
        KINDS.literal(found.kind, "KIND")["needs"], rules.facts, variant
    ):
        what = f"{name} is of kind {found.kind!r}, which cannot play {rules.facts.name} ({variant})."
        raise CannotPlay(what, todo="Choose another player or game.")
    return found
