"""A checkpoint at the table: it plays like its policy, is bound to the hash of its weights, and is loaded once."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from arena.core.agents import Table, Turn
from arena.core.errors import BadSpec, CannotPlay, UnknownArtifact
from arena.core.wire import MatchOrder, SeatOrder
from arena.store.artifacts import Artifacts
from games import catalog
from games.rules import Format
from games.session import start
from tests.unit.workers.jobs.training.run import Run
from tests.unit.workers.learner.bundles import fresh, spec
from workers.agents import checkpoint
from workers.jobs.training.keeping import Checkpoint, save_checkpoint
from workers.learner.learner import Learner
from workers.learner.ledger import Ledger
from workers.learner.spec import convert
from workers.match.referee import Referee
from workers.match.seating import seat_agents
from workers.policy.playing import PolicyAgent
from workers.policy.prompts import FORMATS
from workers.rollout.alone import Alone

ASKED = 4000


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    learner = Learner(spec(), fresh(3))
    return save_checkpoint(Run(tmp_path), learner.spec, learner, Ledger(), {})


def seat(made: Checkpoint, seed: int = 0, **change: str) -> PolicyAgent:
    asked = {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"], **change}
    return checkpoint.build(asked, Table("kuhn_poker", "standard", 0, random.Random(seed)))


def replies(agent: PolicyAgent, turn: Turn, n: int) -> list[str]:
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


def taught(tmp_path: Path) -> Checkpoint:
    """A checkpoint that has learnt Kuhn poker hand by hand from a solver."""
    game = {"name": "kuhn_poker"}
    alone = Alone(convert({
        "name": "taught", "games": [game], "policy": {"spec": {"width": 32, "layers": 2, "heads": 2, "context": 24}},
        "learning": {
            "matches": 64, "loss": {"kind": "none"},
            "optimiser": {"rate": 3e-3, "decay": "linear", "decay_updates": 300},
            "regularisers": [{"kind": "solver", "spec": {"game": "kuhn_poker"}}],
        },
        "evaluations": [{"kind": "nashconv", "every": 300}], "budget": {"updates": 300},
    }))  # fmt: skip
    *_, last = alone.run()
    assert last["nashconv.last"] < 0.1
    return save_checkpoint(Run(tmp_path), alone.spec, alone.learner, Ledger(), {})


def test_who_learnt_hand_by_hand_plays_a_rated_session_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's views begin with a line on how it stands, which no single hand has."""
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    made = taught(tmp_path)
    won = []
    for seed in range(20):
        spec = {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"]}
        seats = [SeatOrder("a", "checkpoint", spec, "taught"), SeatOrder("b", "random", {}, "random")]
        order = MatchOrder(
            match_id=f"m{seed}", fence=0, game="kuhn_poker", variant="standard", rounds=100, opening_plies=0,
            view="prose", seed=seed, seats=seats, ply_clock_ms=60_000, match_clock_ms=600_000, illegal_budget=3,
        )  # fmt: skip
        report = asyncio.run(Referee(order, seat_agents(order), "here").play())
        won.append(report.seats[0].score)
    assert np.mean(won) > 5, "an equilibrium wins more than ten chips of a hundred hands from random play"


def test_a_session_s_line_is_left_out_for_who_never_read_one(made: Checkpoint) -> None:
    rules, asked = (
        catalog.load("kuhn_poker"),
        {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"]},
    )
    hand, session = start(rules, 5), start(rules, 5, "standard", Format(rounds=100))
    chosen = []
    for state, rounds in ((hand, 1), (session, 100)):
        agent = checkpoint.build(asked, Table("kuhn_poker", "standard", 0, random.Random(1), rounds))
        chosen.append(replies(agent, Turn(state.view(state.seat, agent.view or ""), state.legal(), 0, 10.0), 50))
    assert hand.view(0, "compact") != session.view(0, "compact")
    assert chosen[0] == chosen[1]


def test_it_plays_a_variant_as_it_learnt_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    games = [
        {"name": "kuhn_poker", "view": "prose"},
        {"name": "kuhn_poker", "mode": "write"},
        {"name": "kuhn_poker", "variant": "three_players"},
    ]
    mixed = convert(msgspec.to_builtins(spec()) | {"games": games})
    made = save_checkpoint(Run(tmp_path), mixed, Learner(mixed, fresh(3)), Ledger(), {})
    asked = {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"]}
    views = {
        variant: checkpoint.build(asked, Table("kuhn_poker", variant, 0, random.Random(0))).view
        for variant in ("standard", "three_players")
    }
    assert views == {"standard": "prose", "three_players": "compact"}
    with pytest.raises(CannotPlay):
        checkpoint.build(asked, Table("tic_tac_toe", "standard", 0, random.Random(0)))
