"""A player of a checkpoint: only of what a job of its owner's has trained, and only with those weights' own hash."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from arena.core.errors import ArenaError, BadSpec, CannotPlay, UnknownArtifact
from arena.flow.submit import Submission, submit
from arena.store import jobs, players, training
from arena.store.jobs import Claimed

FOLDER, HASH = "jobs/mine/checkpoints/00000001-1", "ab" * 32


@pytest.fixture
def ada(engine: Engine) -> UUID:
    """An owner whose job has left a checkpoint."""
    with engine.begin() as connection:
        owner_id = players.owner(connection, "ada")
        job_id = jobs.add(connection, owner_id, {"name": "j", "kind": "train", "spec": {}})
        training.add_checkpoint(connection, Claimed(job_id, 0, "train", {}), 1, FOLDER, {"content_hash": HASH}, None)
    return owner_id


def submitted(engine: Engine, owner_id: UUID, **change: Any) -> ArenaError | None:
    spec = {"checkpoint": FOLDER, "content_hash": HASH, **change}
    try:
        with engine.begin() as connection:
            submit(connection, owner_id, Submission(name="p", kind="checkpoint", spec=spec, games=("kuhn_poker",)))
    except ArenaError as error:
        return error
    return None


def test_a_hash_that_is_not_the_checkpoints_is_refused_when_it_is_submitted(engine: Engine, ada: UUID) -> None:
    error = submitted(engine, ada, content_hash="0" * 64)
    assert isinstance(error, BadSpec)
    assert HASH in error.todo
    assert isinstance(submitted(engine, ada, checkpoint="jobs/none/checkpoints/00000001-1"), UnknownArtifact)
    with engine.begin() as connection:
        bob = players.owner(connection, "bob")
    stranger = submitted(engine, bob, content_hash="0" * 64)
    assert isinstance(stranger, UnknownArtifact)
    assert HASH not in str(stranger)
    assert submitted(engine, ada) is None


def test_it_plays_in_the_open_league_or_where_it_is_asked_for_in_the_bare_one(engine: Engine, ada: UUID) -> None:
    spec = {"checkpoint": FOLDER, "content_hash": HASH}
    leagues: list[str] = []
    for asked in ("", "open", "bare"):
        with engine.begin() as connection:
            made = submit(connection, ada, Submission(f"p-{asked}", "checkpoint", spec, asked, ("kuhn_poker",)))
            leagues += [v.league for v in players.versions(connection, ids=[made])]
    assert leagues == ["open", "open", "bare"]
    with pytest.raises(CannotPlay, match="tools") as error, engine.begin() as connection:
        submit(connection, ada, Submission("p", "checkpoint", spec, "tools", ("kuhn_poker",)))
    assert "open, bare" in error.value.todo
