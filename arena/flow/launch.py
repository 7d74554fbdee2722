"""launch: store a job for a runner to claim."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from arena.core import specs
from arena.core.errors import BadSpec, NameTaken
from arena.core.jobs import KINDS, State
from arena.flow import batch, names
from arena.store import jobs, players

PAGE = "docs/jobs.md"


def launch(connection: Connection, owner_id: UUID, name: str, kind: str, spec: dict[str, Any]) -> UUID:
    """Queue a job and give its id.

    Raises:
        UnknownKind, BadSpec: there is no such kind of job, its schema refuses the spec, or what the spec names does not
            exist or go together.
        NameTaken: the player that it would make belongs to somebody else.
    """
    known = specs.check(KINDS, kind, "JOB", spec, PAGE)
    names.check(known.get("names", []), spec, PAGE)
    if "batch" in known:
        batch.check(known["batch"], spec)
    if "player" in known:
        _check_player(connection, owner_id, known["player"], spec)
    job_id = jobs.add(connection, owner_id, {"name": name, "kind": kind, "spec": spec})
    jobs.tell(connection, job_id, State.QUEUED)
    return job_id


def _check_player(connection: Connection, owner_id: UUID, player: dict[str, Any], spec: dict[str, Any]) -> None:
    """`player`: the first path of `name` at which something stands, unless what is at `unless_false` is false.

    One of the `games` must be trained as players are `rated`; what it leaves out, it has so.
    """
    if any(wanted is False for _, wanted in names.find(spec, player["unless_false"])):
        return
    rated, games = player["rated"], [game for _, game in names.find(spec, player["games"])]
    if not any(all(game.get(field, value) == value for field, value in rated.items()) for game in games):
        wanted = " and ".join(f"{field} {value!r}" for field, value in rated.items())
        what = f"spec.games: none has {wanted}, as players are rated."
        raise BadSpec(what, todo=f"Set `{player['unless_false']} = false`, or add such a game.")
    said = [(place, name) for path in player["name"] for place, name in names.find(spec, path) if name]
    place, name = said[0]
    if players.holder(connection, name) not in (None, owner_id):
        what = f"{place}: the player {name!r} belongs to another owner."
        raise NameTaken(what, todo="Choose another name.")
