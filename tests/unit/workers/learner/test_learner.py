"""The learner: exact resume, staleness, what it refuses, and that it learns."""

import copy
from statistics import mean

import pytest
import torch

from arena.core.errors import TrainingDiverged
from tests.unit.workers.learner.bundles import SHAPE, fresh, played, spec, written
from workers.learner import resume
from workers.learner.batch import gather
from workers.learner.flops import flops
from workers.learner.learner import Learner
from workers.learner.schedule import rate
from workers.learner.spec import Optimiser, convert
from workers.policy.tiny import alphabet
from workers.rollout.alone import Alone

WHOLE = {
    "name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {"spec": SHAPE}, "seed": 4,
    "pool": {"every": 2, "size": 3},
    "opponents": [{"kind": "mirror", "weight": 2}, {"kind": "lagged"}, {"kind": "fixed", "spec": {"agent": "random"}}],
    "learning": {
        "matches": 48, "epochs": 2, "minibatches": 2, "loss": {"kind": "ppo_clip"}, "average": {"kind": "tabular"},
        "optimiser": {"beta1": 0.5, "decay": "inverse_sqrt", "decay_updates": 3},
        "regularisers": [{"kind": "kl", "spec": {"every": 3}}, {"kind": "rnad", "spec": {"every": 2}}],
    },
}  # fmt: skip


def job(advantage: str, average: str) -> Alone:
    asked = copy.deepcopy(WHOLE)
    asked["learning"] |= {"advantage": {"kind": advantage}, "average": {"kind": average}}
    return Alone(convert(asked))


@pytest.mark.parametrize(("advantage", "average"), [("rae", "tabular"), ("gae", "weights")])
def test_a_resumed_learner_goes_on_bit_for_bit(advantage: str, average: str) -> None:
    through, before, after = (job(advantage, average) for _ in range(3))
    for _ in range(8):
        through.once()
    for _ in range(5):
        before.once()
    after.learner.load(resume.unpack(resume.pack(before.learner.state())))
    after._played = before._played
    for _ in range(3):
        numbers = after.once()
    assert numbers["update"] == 8
    assert after.learner.policy.content_hash == through.learner.policy.content_hash
    assert flat(after.learner.state()) == flat(through.learner.state())


def flat(state: object) -> str:
    """A state as text, tensors to the last bit."""
    if isinstance(state, dict):
        return str({key: flat(value) for key, value in state.items()})
    if isinstance(state, list | tuple):
        return str([flat(value) for value in state])
    return str(state.tolist()) if isinstance(state, torch.Tensor) else repr(state)


def test_turns_of_too_old_a_policy_are_left_out_and_counted() -> None:
    bundle = written((0, [1.0]), (1, [1.0, 2.0]), (0, [1.0]), versions=(3, 5, 9))
    batch = gather([bundle], 5)
    assert (batch.turns, batch.stale, batch.version_T.tolist()) == (3, 1, [5, 5, 9])
    asked = spec(max_staleness=4)
    learner = Learner(asked, fresh())
    learner.policy.version = 9
    numbers = learner.step([bundle])
    assert (numbers["stale_turns"], numbers["staleness"], numbers["staleness_max"]) == (1, pytest.approx(8 / 3), 4)


def test_a_batch_of_nothing_fresh_changes_nothing() -> None:
    learner = Learner(spec(max_staleness=0), fresh())
    learner.policy.version = 5
    before = learner.policy.content_hash
    numbers = learner.step([written((0, [1.0]))])
    assert (numbers["turns"], numbers["stale_turns"], learner.update) == (0, 1, 0)
    assert learner.policy.content_hash == before


def test_an_update_has_a_version_of_its_own_and_says_what_it_did() -> None:
    learner = Learner(spec(), fresh())
    bundle = played(spec(), fresh())
    numbers = learner.step([bundle])
    assert (learner.policy.version, numbers["version"], numbers["update"]) == (1, 1, 1)
    assert numbers["trajectories"] == 128
    assert numbers["turns"] == sum(len(t.turns) for t in bundle.trajectories)
    assert (numbers["forfeits"], numbers["contexts"], numbers["stale_turns"]) == (0, 12, 0)
    assert 0.6 < numbers["entropy"] <= 0.6932
    assert numbers["grad_norm"] > 0
    regularised = Learner(spec(minibatches=2, regularisers=[{"kind": "kl", "spec": {"to": "initial"}}]), fresh())
    assert regularised.step([bundle])["penalty_kl"] == pytest.approx(0, abs=1e-3)
    assert regularised.step([bundle])["penalty_kl"] > 0


def test_work_is_six_a_parameter_and_token_learnt_and_two_where_it_is_only_read() -> None:
    """Twelve prompts of Kuhn poker, a start and 5, 6, 6 or 7 characters long: 84 tokens; moves part at their first."""
    bundle, policy = played(spec(), fresh()), fresh()
    # Embeddings of 16: 64 places and the alphabet; two layers; a normalisation; a value head.
    layer = 2 * 32 + 16 * 48 + 48 + 16 * 16 + 16 + 16 * 64 + 64 + 64 * 16 + 16
    parameters = 16 * (64 + alphabet.SIZE) + 2 * layer + 32 + 17
    assert Learner(spec(), policy).step([bundle])["flops"] == 6 * parameters * 84
    assert flops(policy, rollout_tokens=10) == 6 * parameters * 84 + 2 * parameters * 10
    valued = Learner(spec(advantage={"kind": "gae"}, epochs=3), fresh())
    assert valued.step([bundle])["flops"] == (2 + 3 * 6) * parameters * 84


@pytest.mark.parametrize("poison", ["reward", "weights"])
def test_what_is_not_finite_stops_training_before_it_does_harm(poison: str) -> None:
    learner = Learner(spec(), fresh())
    bundle = written((0, [float("nan") if poison == "reward" else 1.0]))
    if poison == "weights":
        with torch.no_grad():
            learner.policy.module.last.weight[0] = float("inf")
    before = learner.policy.content_hash
    with pytest.raises(TrainingDiverged) as caught:
        learner.step([bundle])
    assert caught.value.code == "training.diverged"
    assert (learner.policy.content_hash, learner.policy.version) == (before, 0)


def test_a_policy_far_from_what_played_stops_training() -> None:
    bundle = written((0, [1.0]))
    for trajectory in bundle.trajectories:
        trajectory.turns[0].logps[0] = 9.0
    with pytest.raises(TrainingDiverged, match="KL"):
        Learner(spec(max_kl=5.0), fresh()).step([bundle])


def test_the_rate_runs_by_its_schedule() -> None:
    linear = Optimiser(rate=1.0, decay="linear", decay_updates=10, warmup_updates=2)
    assert [rate(linear, u) for u in (0, 1, 5, 100)] == pytest.approx([0.5, 0.902, 0.51, 0.02])
    root = Optimiser(rate=1.0, decay="inverse_sqrt", decay_updates=10)
    assert [rate(root, u) for u in (0, 30)] == pytest.approx([1.0, 0.5])


def test_it_learns_kuhn_poker_and_without_a_regulariser_it_goes_in_circles() -> None:
    """Short. An untrained policy's NashConv is .95, uniform play's .92; the second half of the run is judged."""
    worth: dict[str, list[float]] = {}
    for name, regularisers in (("kl", [{"kind": "kl", "spec": {"weight": 0.2, "every": 50}}]), ("none", [])):
        asked = convert({
            "name": name, "games": [{"name": "kuhn_poker"}],
            "policy": {"spec": {"width": 32, "layers": 2, "context": 16}},
            "learning": {
                "matches": 384, "advantage": {"kind": "gae"}, "regularisers": regularisers,
                "optimiser": {"rate": 3e-3, "beta2": 0.99},
            },
            "evaluations": [{"kind": "nashconv", "every": 10}], "budget": {"updates": 200},
        })  # fmt: skip
        worth[name] = [n["nashconv.last"] for n in Alone(asked).run() if "nashconv.last" in n][10:]
    assert mean(worth["kl"]) < 0.35
    assert mean(worth["kl"]) < 0.75 * mean(worth["none"])
