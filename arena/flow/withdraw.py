"""withdraw: pause a player, let it go on, retire it. No new matches are made for it; those already made are played."""

from uuid import UUID

from sqlalchemy import Connection

from arena.core.errors import NotInPlay, UnknownPlayer
from arena.store import lives, outbox, players


def pause(connection: Connection, player: str, reason: str = "Its owner asked for it.") -> UUID:
    """Let the version that plays rest; gives its id.

    Raises:
        UnknownPlayer, NotInPlay: there is none, or none that plays.
    """
    return _turn(connection, player, {lives.ACTIVE}, lives.PAUSED, reason)


def resume(connection: Connection, player: str, reason: str = "Its owner asked for it.") -> UUID:
    """Let the version that rests play again; gives its id. Raises as `pause` does."""
    return _turn(connection, player, {lives.PAUSED}, lives.ACTIVE, reason)


def retire(connection: Connection, player: str, reason: str = "Its owner asked for it.") -> UUID:
    """End the version that plays, rests or comes up; its results stay. Gives its id. Raises as `pause` does."""
    from_ = {lives.VALIDATING, lives.QUALIFYING, lives.ACTIVE, lives.PAUSED}
    return _turn(connection, player, from_, lives.RETIRED, reason)


def _turn(connection: Connection, player: str, from_: set[str], to: str, reason: str) -> UUID:
    versions = players.versions(connection, player=player)
    if not versions:
        raise UnknownPlayer(f"There is no player named {player!r}.", todo="List them with GET /api/v1/players.")
    for version in versions:
        lives.held(connection, version.id)  # so that nobody changes them meanwhile
    turned = [v.id for v in players.versions(connection, player=player) if v.status in from_]
    if not turned:
        status = versions[-1].status
        what = f"{player} is {status}: no version of it is {' or '.join(sorted(from_))}."
        raise NotInPlay(what, todo="See its versions with GET /api/v1/players/NAME; submit it again to have it play.")
    for version_id in turned:
        lives.become(connection, version_id, to, reason)
        outbox.add(connection, [(f"player.{to}", {"version_id": str(version_id), "player": player, "reason": reason})])
    return turned[-1]
