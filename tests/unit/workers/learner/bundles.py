"""Bundles for the learner's tests: played by a small policy, or written by hand."""

from arena.core.bundling import Bundler
from arena.core.trajectory import Bundle, Setting, Source, Trajectory, Turn
from arena.core.wire import Stop
from workers.learner.occupants import Pool
from workers.learner.spec import Spec, convert
from workers.policy.policy import Policy, build
from workers.rollout.policies import Copies
from workers.rollout.tables import Tables

SHAPE = {"width": 16, "layers": 2, "heads": 2, "context": 64}


def spec(game: str = "kuhn_poker", matches: int = 64, mode: str = "choose", **learning) -> Spec:
    return convert({
        "name": "trial", "games": [{"name": game, "mode": mode}], "policy": {"spec": SHAPE},
        "learning": {"matches": matches, **learning},
    })  # fmt: skip


def fresh(seed: int = 0) -> Policy:
    return build("tiny", SHAPE, seed)


def played(asked: Spec, policy: Policy, matches: int = 64, first: int = 0) -> Bundle:
    bundler = Bundler("job", 0, "a")
    Tables(asked, Copies(policy, Pool(asked.pool.every, asked.pool.size)), "job", "a").play(matches, first, bundler)
    return bundler.bundle()


def written(*episodes: tuple[int, list[float]], versions: tuple[int, ...] = (0,)) -> Bundle:
    """A bundle of (seat, rewards) episodes at one context; the k-th is by the k-th version, if there are several."""
    trajectories = []
    for k, (seat, rewards) in enumerate(episodes):
        turns = [Turn(0, 0, k % 2, k if len(versions) > 1 else 0, [-0.7], [], reward) for reward in rewards]
        trajectories.append(Trajectory(0, seat, [0], turns, sum(rewards), Stop.WIN))
    return Bundle(
        job="j", generation=0, producer="p", first=0, settings=[Setting("kuhn_poker", "standard", "compact", 1)],
        sources=[Source(v, b"") for v in versions], opponents=["policy:0"], prompts=[[10, 11]],
        legal=[[[20, 21], [22, 23]]], trajectories=trajectories,
    )  # fmt: skip
