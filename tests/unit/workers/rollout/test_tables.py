"""Rollouts: what a bundle says of the matches is true, and the same again from the same seed."""

import copy
import random
from collections import defaultdict

import numpy as np
import pytest

from arena.core.bundling import Bundler
from arena.core.trajectory import FREE, Bundle, pack, unpack
from arena.core.wire import Stop
from workers.learner.occupants import Pool
from workers.learner.spec import Spec, convert
from workers.policy.policy import Generated, Policy, Weights, build
from workers.rollout.policies import Copies
from workers.rollout.tables import Tables

SHAPE = {"width": 16, "layers": 1, "heads": 2, "context": 64}


def spec(game: str = "kuhn_poker", opponents: list[dict] | None = None, **fields) -> Spec:
    games = [{"name": game, **fields}]
    return convert({
        "name": "trial", "games": games, "seed": 5, "policy": {"spec": SHAPE},
        "opponents": opponents or [{"kind": "mirror"}],
    })  # fmt: skip


class Host(Tables):
    """Tables whose policies are in this process."""

    def __init__(self, asked: Spec, policy: Policy, producer: str) -> None:
        self.copies, self.policy = Copies(policy, Pool(asked.pool.every, asked.pool.size)), policy
        super().__init__(asked, self.copies, "job", producer)

    def learn(self, version: int, weights: Weights) -> None:
        self.copies.newest.load(weights, version)
        self.forget()


def tables(asked: Spec, seed: int = 1, producer: str = "a") -> Host:
    return Host(asked, build("tiny", SHAPE, seed), producer)


def play(host: Host, matches: int, first: int) -> Bundle:
    bundler = Bundler("job", 3, "a")
    host.play(matches, first, bundler)
    return bundler.bundle()


def pairs(bundle: Bundle) -> list[tuple]:
    """Trajectories two by two: both seats of each match, where both learn."""
    return list(zip(bundle.trajectories[::2], bundle.trajectories[1::2], strict=True))


@pytest.mark.parametrize("game", ["kuhn_poker", "leduc_poker", "tic_tac_toe", "connect_four"])
def test_a_bundle_survives_the_wire_and_its_matches_are_zero_sum(game: str) -> None:
    made = play(tables(spec(game)), 40, 0)
    bundle = unpack(pack(made))
    assert bundle == made
    assert (bundle.job, bundle.generation, bundle.producer, bundle.first) == ("job", 3, "a", 0)
    assert bundle.opponents == ["policy:0"]
    for one, two in pairs(bundle):
        assert (one.seat, two.seat) == (0, 1)
        assert one.score + two.score == 0
        for trajectory in (one, two):
            assert sum(turn.reward for turn in trajectory.turns) == trajectory.score
            expected = {1: Stop.WIN, 0: Stop.DRAW, -1: Stop.LOSS}[int(np.sign(trajectory.score))]
            assert trajectory.stop == expected


def rescored(policy: Policy, bundle: Bundle) -> list[tuple[float, float]]:
    """(what the bundle says, what the weights say) of every turn."""
    found = []
    for trajectory in bundle.trajectories:
        for turn in trajectory.turns:
            actions = tuple(tuple(a) for a in bundle.legal[turn.legal])
            again = policy.score([tuple(bundle.prompts[turn.prompt])], [actions])[0]
            found.append((turn.logps[0], float(again[turn.action])))
    return found


@pytest.mark.parametrize("game", ["kuhn_poker", "tic_tac_toe"])
def test_every_log_probability_is_what_the_same_weights_say(game: str) -> None:
    host = tables(spec(game))
    said, again = zip(*rescored(host.policy, play(host, 12, 0)), strict=True)
    assert said == pytest.approx(again, abs=1e-5)
    host.learn(1, build("tiny", SHAPE, 2).state())
    bundle = play(host, 12, 12)
    assert bundle.sources[0].version == 1
    assert bundle.sources[0].content_hash == build("tiny", SHAPE, 2).content_hash
    said, again = zip(*rescored(host.policy, bundle), strict=True)
    assert said == pytest.approx(again, abs=1e-5), "new weights are asked anew"


def test_moves_are_drawn_with_the_probabilities_that_are_written_down() -> None:
    bundle = play(tables(spec()), 4000, 0)
    chosen: dict[tuple[int, int], list[int]] = defaultdict(list)
    claimed: dict[tuple[int, int], float] = {}
    for trajectory in bundle.trajectories:
        for turn in trajectory.turns:
            for action in (0, 1):
                chosen[turn.prompt, action].append(turn.action == action)
            claimed[turn.prompt, turn.action] = np.exp(turn.logps[0])
    assert len(bundle.prompts) == 12
    for key, probability in claimed.items():
        hits = chosen[key]
        assert abs(np.mean(hits) - probability) < 4.5 * np.sqrt(0.25 / len(hits))


def test_the_same_seed_gives_the_same_bundle_and_others_do_not() -> None:
    random.seed(1)
    first = play(tables(spec("leduc_poker")), 20, 40)
    random.seed(2)
    host = tables(spec("leduc_poker"))
    play(host, 20, 0)
    assert play(host, 20, 40) == first, "a bundle does not depend on what was played before"
    assert play(host, 20, 60).trajectories != first.trajectories
    other = play(tables(spec("leduc_poker"), producer="b"), 20, 40)
    assert other.trajectories != first.trajectories


def test_a_policy_that_explores_says_so_in_its_log_probabilities() -> None:
    explore = 0.4
    fields = {"name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {"spec": SHAPE}}
    host = tables(convert({**fields, "learning": {"explore": explore}}))
    bundle = play(host, 4000, 0)
    for said, plain in rescored(host.policy, bundle):
        assert np.exp(said) == pytest.approx((1 - explore) * np.exp(plain) + explore / 2, abs=1e-6)
    taken = defaultdict(list)
    for trajectory in bundle.trajectories:
        for turn in trajectory.turns:
            bets = np.exp(turn.logps[0]) if turn.action else 1 - np.exp(turn.logps[0])
            taken[turn.prompt].append((turn.action, bets))
    for met in taken.values():
        actions, bets = zip(*met, strict=True)
        assert np.mean(actions) == pytest.approx(bets[0], abs=4 * 0.5 / len(actions) ** 0.5)


def test_sessions_pay_as_they_go() -> None:
    bundle = play(tables(spec(rounds=5)), 10, 0)
    for one, two in pairs(bundle):
        assert one.score + two.score == 0
    assert {t.reward for trajectory in bundle.trajectories for t in trajectory.turns[:-1]} != {0.0}


def test_written_moves_forfeit_for_what_is_not_legal() -> None:
    host = tables(spec(mode="write"))
    bundle = play(host, 50, 0)
    faults = [t for t in bundle.trajectories if t.stop == Stop.ILLEGAL]
    assert len(faults) > 40, "a fresh policy writes nonsense"
    for trajectory in faults:
        last = trajectory.turns[-1]
        assert (last.legal, last.action, trajectory.score) == (FREE, FREE, -2.0)
        assert len(last.tokens) == len(last.logps) > 0
    for trajectory in bundle.trajectories:
        for turn in trajectory.turns:
            text = host.policy.decode(turn.tokens).strip()
            assert text in ("pass", "bet") or trajectory in faults


def test_written_moves_that_are_legal_survive_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are learnt from as text: no legal set was scored."""
    host = tables(spec(mode="write"))
    bet = host.policy.encode("bet")
    said = [Generated(bet, [-0.5] * len(bet))] * 50
    monkeypatch.setattr(host.policy, "generate", lambda prompts, *_: said[: len(prompts)])
    made = play(host, 50, 0)
    bundle = unpack(pack(made))
    assert {len(t.turns) for t in bundle.trajectories} == {1}
    assert {(t.turns[0].action, tuple(t.turns[0].tokens)) for t in bundle.trajectories} == {(FREE, bet)}
    assert {t.stop for t in bundle.trajectories} == {Stop.WIN, Stop.LOSS}


def test_a_fixed_opponent_holds_every_other_seat_and_does_not_learn() -> None:
    fixed = {"kind": "fixed", "spec": {"agent": "minimax"}}
    bundle = play(tables(spec("tic_tac_toe", [fixed])), 30, 0)
    assert [t.seat for t in bundle.trajectories] == [0, 1] * 15, "the learner's seat turns"
    assert bundle.opponents == ["minimax:{}"]
    assert all(bundle.opponents[o] == "minimax:{}" for t in bundle.trajectories for o in t.opponents)
    assert max(t.score for t in bundle.trajectories) == 0, "nobody beats perfect play"


def test_lagged_opponents_come_from_the_pool_and_play_by_their_own_weights() -> None:
    host = tables(spec(opponents=[{"kind": "lagged"}]))
    assert set(play(host, 10, 0).opponents) == {"policy:0"}, "the newest itself while the pool is empty"
    old = build("tiny", SHAPE, 9)
    with_bet = copy.deepcopy(old.state())
    host.copies.pool.offer(0, lambda: with_bet)
    host.learn(4, host.policy.state())
    bundle = play(host, 20, 10)
    assert bundle.opponents == ["policy:0"]
    assert bundle.sources[0].version == 4
    assert len(bundle.trajectories) == 20, "only the learner's own seat is learnt from"
    frozen = host._older[0, 0].policy
    assert frozen.source.content_hash == old.content_hash


def test_a_mixture_seats_opponents_and_games_by_weight() -> None:
    asked = convert({
        "name": "mixed", "games": [{"name": "kuhn_poker", "weight": 3}, {"name": "tic_tac_toe"}],
        "opponents": [{"kind": "mirror", "weight": 1}, {"kind": "fixed", "weight": 1, "spec": {"agent": "random"}}],
    })  # fmt: skip
    bundle = play(tables(asked), 400, 0)
    games = [bundle.settings[t.setting].game for t in bundle.trajectories]
    assert 0.65 < games.count("kuhn_poker") / len(games) < 0.85
    anchored = sum(bundle.opponents[t.opponents[0]].startswith("random") for t in bundle.trajectories)
    assert 0.25 < anchored / len(games) < 0.42, "half of the matches, with one trajectory each instead of two"
