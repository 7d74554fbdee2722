"""The real SmolLM2-135M: from its package, by the hundred million parameters."""

import numpy as np
import pytest

from workers.learner.cloning import clone
from workers.learner.infosets import infosets
from workers.learner.lessons import from_solver
from workers.learner.spec import Game
from workers.policy.policy import build

KUHN = Game("kuhn_poker", prompt="told")


@pytest.mark.slow
def test_smollm2_plays_kuhn_poker_learns_it_from_a_solver_and_writes() -> None:
    policy = build("transformers", {"model": "smollm2", "train": "top", "layers": 2, "chat": False}, 0)
    sets = infosets(KUHN)
    before = sets.nash_conv(sets.ask(policy))
    assert before == pytest.approx(0.657, abs=0.02)
    lessons = from_solver(policy, KUHN)
    whole = build("transformers", {"model": "smollm2", "train": "full", "chat": False}, 0)
    alone = [whole.score([p], [a])[0] for p, a in zip(lessons.prompts, lessons.legal, strict=True)]
    for mine, plain in zip(policy.score(lessons.prompts, lessons.legal), alone, strict=True):
        assert mine == pytest.approx(plain, abs=1e-4)
    list(clone(policy, lessons, steps=60, rate=3e-4))
    assert sets.nash_conv(sets.ask(policy)) < 0.2
    texts = whole.generate([whole.encode("The capital of France is")], "\n", 8, np.random.default_rng(0))
    assert whole.decode(texts[0].tokens).strip()
