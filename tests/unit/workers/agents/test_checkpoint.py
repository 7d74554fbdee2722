"""A checkpoint at the table: it plays like its policy, is bound to the hash of its weights, and is loaded once."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from arena.core.agents import Table, Turn
from arena.core.errors import BadSpec, UnknownArtifact
from arena.store.artifacts import Artifacts
from games import catalog
from tests.unit.workers.jobs.training.run import Run
from tests.unit.workers.learner.bundles import fresh, spec
from workers.agents import checkpoint
from workers.jobs.training.keeping import Checkpoint, save_checkpoint
from workers.learner.learner import Learner
from workers.learner.ledger import Ledger
from workers.policy.prompts import FORMATS

ASKED = 4000


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    learner = Learner(spec(), fresh(3))
    return save_checkpoint(Run(tmp_path), learner.spec, learner, Ledger(), {})


def seat(made: Checkpoint, seed: int = 0, **change: str) -> checkpoint.CheckpointAgent:
    asked = {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"], **change}
    return checkpoint.build(asked, Table("kuhn_poker", "standard", 0, random.Random(seed)))


def replies(agent: checkpoint.CheckpointAgent, turn: Turn, n: int) -> list[str]:
    async def ask() -> list[str]:
        return [await agent.act(turn) for _ in range(n)]

    return asyncio.run(ask())


def test_it_plays_like_its_policy(made: Checkpoint) -> None:
    policy, rules = fresh(3), catalog.load("kuhn_poker")
    state = rules.start(5, "standard")
    agent = seat(made)
    assert agent.view
    turn = Turn(state.view(state.seat, agent.view), state.legal(), 0, 10.0)
    prompt = policy.encode(FORMATS["view"](rules.facts, turn.view, turn.legal))
    (logps,) = policy.score([prompt], [tuple(policy.encode(name) for name in turn.legal)])
    counts = Counter(replies(agent, turn, ASKED))
    shares = np.array([counts[name] for name in turn.legal]) / ASKED
    assert abs(np.exp(logps[0]) - 0.5) > 0.01  # a coin would not do
    assert np.abs(shares - np.exp(logps)).max() < 4 * 0.5 / ASKED**0.5
    assert replies(seat(made), turn, 50) == replies(seat(made), turn, 50) != replies(seat(made, 1), turn, 50)


def test_it_is_bound_to_the_hash_of_its_weights(made: Checkpoint) -> None:
    with pytest.raises(BadSpec, match="are not those of"):
        seat(made, content_hash="0" * 64)
    with pytest.raises(UnknownArtifact):
        seat(made, checkpoint="jobs/none/checkpoints/00000001-1")


def test_it_is_loaded_once(made: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = Artifacts.read
    monkeypatch.setattr(Artifacts, "read", lambda self, name: reads.append(name) or read(self, name))
    for seed in range(20):
        seat(made, seed)
    assert len(reads) == 2
