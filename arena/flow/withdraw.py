"""withdraw: pause a player, let it go on, retire it. No new matches are made for it; those already made are played."""

from uuid import UUID

from sqlalchemy import Connection

from arena.core.errors import HeldByModerator, NotInPlay, UnknownPlayer
from arena.store import lives, outbox, players

ASKED = "Its owner asked for it."
COMING = {lives.VALIDATING, lives.QUALIFYING}
QUALIFIES = "It plays once it has qualified; retire it to end that."
INSTEAD = {
    lives.ACTIVE: "It plays: pause it to have it rest.",
    lives.PAUSED: "Resume it to have it play.",
    lives.QUALIFYING: QUALIFIES,
    lives.VALIDATING: QUALIFIES,
}
"""What may be done with a player of whom a version is this; the first that one of them is tells most."""


def pause(connection: Connection, player: str, reason: str = ASKED, *, moderator: bool = False) -> UUID:
    """Let the version that plays rest; gives its id. What a moderator pauses, only a moderator resumes.

    Raises:
        UnknownPlayer, NotInPlay: there is none, or none that plays.
        HeldByModerator: it rests by a moderator's word, and who asks is none.
    """
    return _turn(connection, player, ({lives.ACTIVE}, lives.PAUSED), reason, moderator=moderator)


def resume(connection: Connection, player: str, reason: str = ASKED, *, moderator: bool = False) -> UUID:
    """Let the version that rests play again; gives its id. Raises as `pause` does."""
    return _turn(connection, player, ({lives.PAUSED}, lives.ACTIVE), reason, moderator=moderator)


def retire(connection: Connection, player: str, reason: str = ASKED, *, moderator: bool = False) -> UUID:
    """End the version that plays, rests or comes up; its results stay. Gives its id. Raises as `pause` does.

    What a moderator retires comes back only once a moderator has it resumed, which begins with what it was before.
    """
    return _turn(
        connection, player, ({*COMING, lives.ACTIVE, lives.PAUSED}, lives.RETIRED), reason, moderator=moderator
    )


def check_hold(connection: Connection, player: str) -> None:
    """Raises `HeldByModerator` if a moderator's word keeps the player from playing."""
    if lives.is_held(connection, player):
        what = f"A moderator has taken {player} out of play."
        raise HeldByModerator(what, todo="See why with GET /api/v1/players/NAME, and ask the arena's operator.")


def _turn(connection: Connection, player: str, turn: tuple[set[str], str], reason: str, *, moderator: bool) -> UUID:
    from_, to = turn
    versions = players.versions(connection, player=player)
    if not versions:
        raise UnknownPlayer(f"There is no player named {player!r}.", todo="List them with GET /api/v1/players.")
    for version in versions:
        lives.held(connection, version.id)  # so that nobody changes them meanwhile
    if not moderator:
        check_hold(connection, player)
    elif to == lives.ACTIVE and lives.is_held(connection, player):
        from_ = {*from_, lives.RETIRED}
    turned = [v.id for v in players.versions(connection, player=player) if v.status in from_]
    if not turned:
        statuses = [version.status for version in versions]
        status = next((alive for alive in INSTEAD if alive in statuses), statuses[-1])
        what = f"{player} is {status}: no version of it is {' or '.join(sorted(from_))}."
        raise NotInPlay(what, todo=INSTEAD.get(status, "Submit it again to have it play."))
    if to == lives.ACTIVE:
        turned = turned[-1:]
    for version_id in turned:
        lives.become(connection, version_id, to, reason, {"held": True} if moderator and to != lives.ACTIVE else None)
        outbox.add(connection, [(f"player.{to}", {"version_id": str(version_id), "player": player, "reason": reason})])
    return turned[-1]
