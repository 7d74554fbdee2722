"""submit: store an immutable player version. The arena's own reference players come in through here like anyone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from arena.core import specs
from arena.core.agents import KINDS, kind_of
from arena.core.bases import place_of
from arena.core.errors import CannotPlay, NameTaken, TooManyComing, UnknownGame
from arena.core.nearest import unknown
from arena.core.settings import Settings
from arena.flow import confide
from arena.flow.uploads import check_weights
from arena.flow.withdraw import check_hold
from arena.store import lives, outbox, players
from games import catalog
from games.needs import can_play

REFERENCE = "reference"
PLAYERS = 20
"""Of one owner who is no admin, at most, those that are retired or rejected not counted."""
COMING = 8
"""Of them, those that have yet to qualify."""
LEAGUES = ("open", "bare", REFERENCE)


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody wants rated. Without `games` it plays every game its kind can."""

    name: str
    kind: str
    spec: dict[str, Any] = field(default_factory=dict[str, Any])
    league: str = ""
    """Of the arena's own players `reference`; else one of its kind's: the first, where none is named."""
    games: tuple[str, ...] = ()
    secrets: Mapping[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    """What its owner tells in confidence; None takes one back. They are no part of the version."""


def submit(
    connection: Connection,
    owner_id: UUID,
    new: Submission,
    settings: Settings | None = None,
    *,
    anybodys: bool = False,
) -> UUID:
    """Append a version and give its id; submitting the same spec again gives the version there is.

    What the arena's own code plays is rated at once. Anything else first shows in a few matches that it is there and
    knows the rules: see `arena.flow.qualify`. Until then the player's former version goes on.

    Args:
        settings: without them no secret is taken, and URLs lead to the open Internet alone.
        anybodys: an admin's, or the arena's own: it may play with weights that another owner uploaded, or trained, and
            games of OpenSpiel's and TextArena's, which are on no ladder.

    Raises:
        UnknownKind, UnknownGame: nothing of that name.
        BadSpec: the spec does not fit the kind's schema, or the secrets are not those of the kind, or are lacking.
        UrlRefused: the spec leads where the arena does not go.
        BadConfiguration: there is no key to seal secrets with.
        CannotPlay: the kind cannot play a game, or in a league, that was asked for.
        UnknownUpload, UnknownArtifact: it plays with weights that its owner did not upload, or train.
        UnknownBase: they are for a base that the operator does not list.
        NameTaken: the player belongs to somebody else.
        HeldByModerator: a moderator has taken the player out of play.
        TooManyComing: the owner, who is no admin, has as many as may.
    """
    needs = check_spec(new.kind, new.spec)
    if not anybodys and (others := [name for name in new.games if catalog.elsewhere(name)]):
        todo = "Name games of the arena's own, or none for all of them."
        raise CannotPlay(f"{others[0]} is on no ladder.", todo=todo)
    _check_games(new, needs)
    confide.check(new.kind, new.spec, new.secrets, settings)
    league = _league(new)
    _check_base(new, settings)
    check_weights(connection, kind_of(new.kind), new.spec, None if anybodys else owner_id, settings)
    player_id, holder = players.player(connection, new.name, owner_id)
    if holder != owner_id:
        raise NameTaken(f"The name {new.name!r} belongs to another owner.", todo="Choose another name.")
    check_hold(connection, new.name)
    if not anybodys:
        _check_bounds(connection, owner_id, new)
    return _stored(connection, player_id, new, league, settings)


def _stored(connection: Connection, player_id: UUID, new: Submission, league: str, settings: Settings | None) -> UUID:
    """The version there is of this spec, or a new one."""
    values = {"kind": new.kind, "spec": new.spec, "league": league, "games": sorted(new.games), "status": _first(new)}
    known = players.same_version(connection, player_id, players.spec_hash(values))
    if known:
        confide.keep(connection, known, new.secrets, settings)
        if lives.held(connection, known) in lives.OVER:  # whoever submits it again has mended what was wrong with it
            lives.become(connection, known, _first(new), "It was submitted again.")
            succeed(connection, known, _first(new))
        if new.secrets:
            lives.note_secrets(connection, known, confide.account(new.secrets), sorted(new.secrets))
        return known
    version_id = players.add_version(connection, player_id, values)
    confide.carry_over(connection, version_id, new.secrets, settings)
    confide.keep(connection, version_id, new.secrets, settings)
    outbox.add(connection, [("player.submitted", {"version_id": str(version_id), "player": new.name})])
    succeed(connection, version_id, _first(new))
    return version_id


def succeed(connection: Connection, version_id: UUID, status: str) -> None:
    """A version comes into this status, which its elder siblings make room for: one plays, and one at most comes up."""
    if status == lives.ACTIVE:
        gone = (lives.VALIDATING, lives.QUALIFYING, lives.ACTIVE, lives.PAUSED)
    else:
        gone = (lives.VALIDATING, lives.QUALIFYING)
    for sibling, held in lives.siblings(connection, version_id).items():
        if held in gone:
            lives.become(connection, sibling, lives.RETIRED, "A newer version has taken its place.")


def _check_base(new: Submission, settings: Settings | None) -> None:
    """As far as it is known here: the hosts have variables of their own, which need not be told to who submits."""
    field = kind_of(new.kind).get("base")
    if field in new.spec and settings is not None and settings.bases is not None:
        place_of(new.spec[field], settings.bases)


def _check_bounds(connection: Connection, owner_id: UUID, new: Submission) -> None:
    """Nobody crowds a ladder, or keeps the hosts busy with what never qualifies."""
    players.hold_owner(connection, owner_id)  # of two submissions at once, the second counts the first
    others, coming = lives.of_owner(connection, owner_id, new.name)
    if others >= PLAYERS:
        what = f"You have {others} players that play, rest or come up: as many as may."
        raise TooManyComing(what, todo="Retire one that you no longer need.")
    if coming >= COMING:
        what = f"{coming} of your players are validating or qualifying: as many as may at once."
        raise TooManyComing(what, todo="Submit more when they are through; connect a bot that waits, or retire it.")


def _first(new: Submission) -> str:
    proves = KINDS.literal(new.kind, "KIND").get("qualifies", False) and new.league != "reference"
    return lives.VALIDATING if proves else lives.ACTIVE


def for_anyone(kind: str) -> bool:
    """Whether a kind may be submitted by anybody with a key: what it does is done on its owner's machine.

    Raises:
        UnknownKind: there is no such kind.
    """
    return bool(KINDS.literal(kind, "KIND").get("for_anyone", False))


def check_spec(kind: str, spec: dict[str, Any]) -> dict[str, str]:
    """What a kind needs of a game, once a spec is known to fit the kind.

    Raises:
        UnknownKind, BadSpec: there is no such kind, or its schema refuses the spec.
    """
    return specs.check(KINDS, kind, "KIND", spec, "docs/players.md")["needs"]


def games_of(kind: str, chosen: list[str]) -> list[str]:
    """The games a version plays: those it chose, or, when it chose none, every one its kind can, later ones too."""
    if kind not in KINDS.names():
        return []  # its file is gone, or newer than this process: it rests until there is one
    needs = KINDS.literal(kind, "KIND")["needs"]
    return [n for n in catalog.names() if (not chosen or n in chosen) and can_play(needs, catalog.load(n).facts)]


def able(game: str) -> list[str]:
    """The kinds that can play a game.

    Raises:
        UnknownGame: there is no curated game of that name.
    """
    if game not in catalog.names():
        raise unknown(UnknownGame, "game", game, catalog.names())
    facts = catalog.load(game).facts
    return [kind for kind in KINDS.names() if can_play(KINDS.literal(kind, "KIND")["needs"], facts)]


def _league(new: Submission) -> str:
    own = KINDS.literal(new.kind, "KIND").get("leagues", ["open"])
    if new.league not in ("", *own, REFERENCE):
        what = f"Players of kind {new.kind!r} do not play in the league {new.league!r}."
        raise CannotPlay(what, todo=f"Leave out `league`, or choose one of: {', '.join(own)}.")
    return new.league or own[0]


def _check_games(new: Submission, needs: dict[str, str]) -> None:
    for name in new.games:
        if not can_play(needs, catalog.load(name).facts):
            todo = f"It can play: {', '.join(games_of(new.kind, []))}."
            raise CannotPlay(f"A player of kind {new.kind!r} cannot play {name}.", todo=todo)


REFERENCES = (
    Submission("random", "random", league=REFERENCE),
    Submission("silent", "silent", league=REFERENCE),
    Submission("greedy", "greedy", league=REFERENCE),
    Submission("oracle", "oracle", league=REFERENCE),
    Submission("minimax", "minimax", league=REFERENCE),
    Submission("cfr", "cfr", league=REFERENCE),
    Submission("mcts-10", "mcts", {"simulations": 10}, REFERENCE),
    Submission("mcts-100", "mcts", {"simulations": 100}, REFERENCE),
    Submission("mcts-1000", "mcts", {"simulations": 1000}, REFERENCE),
)
ARENA = "arena"


def seat_references(connection: Connection, references: Iterable[Submission] = REFERENCES) -> UUID:
    """Submit the arena's own players, once each; gives the arena's owner id."""
    owner_id = players.owner(connection, ARENA, is_arena=True)
    for reference in references:
        submit(connection, owner_id, reference)
    return owner_id
