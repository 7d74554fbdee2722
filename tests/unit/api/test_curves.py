"""Which curves the page of a training job draws."""

from datetime import UTC, datetime
from types import SimpleNamespace

from api.climbing import Checkpoint, Rating
from api.dashboard.curves import charts, counting, evaluations


def row(step: int, **numbers: float) -> SimpleNamespace:
    return SimpleNamespace(step=step, numbers={k.replace("__", "."): v for k, v in numbers.items()})


def checkpoint(update: int, elo: float | None = None) -> Checkpoint:
    ratings = [] if elo is None else [Rating(ladder="kuhn_poker/open", elo=elo, games=2, provisional=True)]
    return Checkpoint(
        update=update, folder="f", created_at=datetime.now(UTC), version_id=None, player=None, ratings=ratings
    )


def test_the_watched_evaluation_comes_first() -> None:
    asked = [{"kind": "oracle"}, {"kind": "nashconv", "every": 5}, {"kind": "oracle"}]
    assert evaluations({"evaluations": asked, "guard": {"watch": "nashconv.last"}}) == ["nashconv", "oracle"]
    assert evaluations({"evaluations": asked}) == ["oracle", "nashconv"]
    assert evaluations({"game": "kuhn_poker"}) == []


def test_the_watched_number_is_drawn_first_then_scores_and_wins_and_the_rest_if_there_is_room() -> None:
    whats, agents = ("draw", "error", "loss", "score", "win"), ("mcts", "random")
    numbers = {f"references__{what}_vs_{agent}": 0.5 for what in whats for agent in agents}
    found = charts([], {"references": [row(20, **numbers)]}, [], "references.win_vs_random")
    assert [line.name for line in found[0].lines] == [
        "win vs random", "score vs mcts", "score vs random", "win vs mcts", "loss vs mcts", "loss vs random",
    ]  # fmt: skip


def test_what_a_later_run_took_the_place_of_is_left_out() -> None:
    rows = [row(k) for k in (10, 20, 30, 40, 20, 30)]
    kept = counting(rows)
    assert [one.step for one in kept] == [10, 20, 30]
    assert kept[1] is rows[4]


def test_evaluations_then_elo_then_what_it_learns_by() -> None:
    spread = [row(k, loss=-1.0 * k, entropy=0.5, forfeits=0.0) for k in (10, 20)]
    measured = {"nashconv": [row(20, nashconv__last=0.5, loss=1.0)]}
    found = charts(spread, measured, [checkpoint(10, 1510.0), checkpoint(40), checkpoint(10, 1520.0)])
    assert [c.title for c in found] == [
        "NashConv (0 is an equilibrium)", "Elo of its checkpoints", "Loss", "Entropy (nats)",
    ]  # fmt: skip
    assert [line.name for line in found[0].lines] == ["last"]
    assert found[1].lines[0].dots[0][2] == "kuhn_poker, update 10: 1,520"
    assert len({chart.across[-1] for chart in found}) == 1
    assert charts([], {}, []) == []
