"""The guard: keeps the best, and says when to go back."""

import pytest

from arena.core.errors import BadTrainingSpec, TrainingDiverged
from tests.unit.workers.learner.bundles import played
from workers.learner.guard import Guard
from workers.learner.guarded import TRIES, Guarded
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


@pytest.mark.parametrize("no_number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_never_the_best_and_is_worse_than_any(no_number: float) -> None:
    for better in ("low", "high"):
        guard = Guard(Bounds(watch="o.x", better=better, patience=2))
        judged = [guard.judge(SOUND | {"o.x": v}).what for v in (no_number, 0.4, no_number, no_number, 0.4)]
        assert judged == ["fine", "keep", "fine", "back", "fine"]
        assert guard.best == 0.4


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


def test_what_was_thrown_away_is_no_part_of_the_weights_and_was_spent_all_the_same(monkeypatch) -> None:
    guarded = Alone(small(checkpoints={"every": 2})).guarded
    learner, asked = guarded.learner, guarded.learner.spec
    for k in range(3):
        guarded.step([played(asked, learner.policy, 32, 32 * k)])
    wasted = played(asked, learner.policy, 32, 96)
    spent = learner.policy.tokens_seen
    assert guarded.ledger.trajectories == 3 * 64
    with monkeypatch.context() as patch:
        patch.setattr(learner, "step", diverge)
        guarded.step([wasted])
    assert guarded.ledger.trajectories == 2 * 64, "what the best weights had learnt from"
    assert learner.policy.tokens_seen == spent
    guarded.step([played(asked, learner.policy, 32, 128)])
    assert guarded.ledger.trajectories == 3 * 64
    assert learner.policy.tokens_seen > spent


def test_how_often_it_diverged_outlasts_a_restart(monkeypatch) -> None:
    asked = small(checkpoints={"every": 1})
    first = Alone(asked).guarded
    first.step([played(asked, first.learner.policy, 32, 0)])
    monkeypatch.setattr(first.learner, "step", diverge)
    for _ in range(TRIES):
        first.step([])
    again = Guarded(asked)
    again.load(first.state())
    monkeypatch.setattr(again.learner, "step", diverge)
    with pytest.raises(TrainingDiverged):
        again.step([])


def test_a_watched_number_that_nothing_gives_ends_the_job() -> None:
    watched = {"watch": "nashconv.average"}
    alone = Alone(small(evaluations=[{"kind": "nashconv", "every": 1}], guard=watched))
    with pytest.raises(BadTrainingSpec, match=r"nashconv\.average.*nashconv\.last"):
        alone.once()


def test_bounds_that_are_crossed_before_anything_was_kept_are_told(caplog) -> None:
    alone = Alone(small(guard={"min_entropy": 5.0}))
    assert alone.once()["rolled_back"] == 0
    assert "no better weights yet" in caplog.text


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
