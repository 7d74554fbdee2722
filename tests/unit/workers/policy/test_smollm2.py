"""The real SmolLM2-135M: from its package, by the hundred million parameters."""

import numpy as np
import pytest

from workers.learner.infosets import infosets
from workers.learner.spec import Game, convert
from workers.policy.policy import build
from workers.rollout.alone import Alone

KUHN = Game("kuhn_poker", prompt="told")
TOP = {"model": "smollm2", "train": "top", "layers": 2, "chat": False}
LESSONS = {
    "name": "trial", "games": [{"name": "kuhn_poker", "prompt": "told"}],
    "policy": {"backend": "transformers", "spec": TOP}, "budget": {"updates": 60},
    "learning": {
        "matches": 256, "loss": {"kind": "none"}, "optimiser": {"rate": 3e-4, "decay": "linear", "decay_updates": 60},
        "regularisers": [{"kind": "solver", "spec": {"game": "kuhn_poker", "prompt": "told"}}],
    },
}  # fmt: skip


@pytest.mark.slow
def test_smollm2_plays_kuhn_poker_learns_it_from_a_solver_and_writes() -> None:
    alone, sets = Alone(convert(LESSONS)), infosets(KUHN)
    policy = alone.learner.policy
    before = sets.nash_conv(sets.ask(policy))
    assert before == pytest.approx(0.657, abs=0.02)
    whole = build("transformers", {"model": "smollm2", "train": "full", "chat": False}, 0)
    prompts = [policy.encode(text) for text, _ in sets.prompts]
    legal = [tuple(policy.encode(name) for name in names) for _, names in sets.prompts]
    plain = [whole.score([p], [a])[0] for p, a in zip(prompts, legal, strict=True)]
    for mine, expected in zip(policy.score(prompts, legal), plain, strict=True):
        assert mine == pytest.approx(expected, abs=1e-4)
    list(alone.run())
    assert sets.nash_conv(sets.ask(policy)) < 0.2
    texts = whole.generate([whole.encode("The capital of France is")], "\n", 8, np.random.default_rng(0))
    assert whole.decode(texts[0].tokens).strip()
