"""promote: a checkpoint becomes a player version through `submit`, like anything else that wants to be rated."""

from typing import Any

from sqlalchemy import Connection

from arena.core.errors import UnknownJob
from arena.flow.submit import Submission, submit
from arena.store import jobs, training
from arena.store.jobs import Claimed


def promote(
    connection: Connection, run: Claimed, made: tuple[int, str, dict[str, Any]], new: Submission | None
) -> None:
    """Note a checkpoint (step, folder, manifest); with a submission, as a player version of the job's owner.

    A run that ended between its last checkpoint and saying so makes that one again: it is noted once.
    Raises as `submit` does.
    """
    if training.noted(connection, run.id, made[0], made[2]["content_hash"]):
        return
    version_id = None
    if new is not None:
        owner = jobs.page(connection, ids=[run.id])
        if not owner:
            raise UnknownJob(f"There is no job {run.id}.", todo="List them with `arena jobs list`.")
        version_id = submit(connection, owner[0]["owner_id"], new, anybodys=True)  # it is noted only then whose it is
    training.add_checkpoint(connection, run, *made, version_id)
