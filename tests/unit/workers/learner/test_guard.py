"""The guard: keeps the best, and says when to go back."""

import pytest

from arena.core.errors import TrainingDiverged
from workers.learner.guard import Guard
from workers.learner.guarded import TRIES
from workers.learner.spec import Guard as Bounds
from workers.learner.spec import Spec, convert
from workers.rollout.alone import Alone

SOUND = {"turns": 10, "forfeits": 0.0, "entropy": 0.5, "kl_behaviour": 0.01}


def test_bounds_send_back_with_the_reason() -> None:
    guard = Guard(Bounds(max_forfeits=0.1, min_entropy=0.05, max_kl=1.0))
    assert guard.judge(SOUND).what == "fine"
    for broken, word in (({"forfeits": 0.2}, "forfeit"), ({"entropy": 0.01}, "entropy"), ({"kl_behaviour": 3.0}, "KL")):
        verdict = guard.judge(SOUND | broken)
        assert (verdict.what, word in verdict.why) == ("back", True)


def test_a_lasting_fall_sends_back_and_a_short_one_does_not() -> None:
    low = Guard(Bounds(watch="nashconv.last", slack=0.1, patience=2))
    judged = [low.judge(SOUND | {"nashconv.last": value}).what for value in (0.4, 0.2, 0.28, 0.4, 0.25, 0.4, 0.4, 0.4)]
    assert judged == ["keep", "keep", "fine", "fine", "fine", "fine", "back", "fine"]
    high = Guard(Bounds(watch="o.draw", better="high", slack=0.08, patience=1))
    judged = [high.judge(SOUND | {"o.draw": value}).what for value in (0.4, 0.6, 0.55, 0.5)]
    assert judged == ["keep", "keep", "fine", "back"]
    assert high.judge(SOUND).what == "fine", "no evaluation, nothing to watch"
    again = Guard(Bounds(watch="o.draw", better="high"))
    again.load(high.state())
    assert again.best == 0.6


def small(**more: object) -> Spec:
    return convert({
        "name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {"spec": {"width": 16, "layers": 1, "heads": 2}},
        "learning": {"matches": 32}, **more,
    })  # fmt: skip


def test_a_job_goes_back_to_its_best_weights_and_learns_on(monkeypatch) -> None:
    watched = {"watch": "nashconv.last", "patience": 1, "slack": 0.5}
    alone = Alone(small(evaluations=[{"kind": "nashconv", "every": 1}], guard=watched))
    worth = iter([0.5, 0.3, 0.9, 0.35])
    monkeypatch.setattr(
        alone.guarded.measures, "due", lambda update, policy, average: {"nashconv.last": next(worth)}
    )  # fmt: skip
    hashes = []
    for _ in range(3):
        numbers = alone.once()
        hashes.append(alone.learner.policy.content_hash)
    assert numbers["rolled_back"] == 1
    assert hashes[2] == hashes[1] != hashes[0]
    assert (alone.learner.policy.version, alone.learner.update) == (3, 3), "they count on"
    assert alone.once()["rolled_back"] == 0
    assert alone.learner.policy.content_hash != hashes[1]


def diverge(bundles: object) -> dict[str, float]:
    raise TrainingDiverged("as told", todo="-")


def test_an_update_that_diverges_costs_its_batch_and_its_version(monkeypatch) -> None:
    """Hosts hold the weights of the version before: what replaces them must bear another number."""
    alone = Alone(small(checkpoints={"every": 2}))
    for _ in range(2):
        alone.once()
    best = alone.learner.policy.content_hash
    alone.once()
    with monkeypatch.context() as patch:
        patch.setattr(alone.learner, "step", diverge)
        numbers = alone.once()
    assert (numbers["diverged"], numbers["rolled_back"]) == (1, 1)
    assert alone.learner.policy.content_hash == best
    assert (alone.learner.policy.version, alone.learner.update) == (4, 4)
    assert alone.once()["version"] == 5


def test_a_job_that_only_diverges_ends(monkeypatch) -> None:
    alone = Alone(small(checkpoints={"every": 1}))
    monkeypatch.setattr(alone.learner, "step", diverge)
    with pytest.raises(TrainingDiverged):  # there is nothing yet to go back to
        alone.once()
    monkeypatch.undo()
    alone.once()
    best = alone.learner.policy.content_hash
    monkeypatch.setattr(alone.learner, "step", diverge)
    for _ in range(TRIES):
        assert alone.once()["rolled_back"] == 1
    with pytest.raises(TrainingDiverged):
        alone.once()
    assert alone.learner.policy.content_hash == best
