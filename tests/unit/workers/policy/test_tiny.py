"""The tiny policy: its probabilities are exact, do not depend on the batch, and follow its weights."""

import math

import numpy as np
import pytest
import torch

from arena.core.errors import BadSpec, UnknownBackend
from workers.policy import weights
from workers.policy.inference import Held, Position
from workers.policy.policy import BACKENDS, OUTSIDE, LegalSet, Policy, Tokens, build
from workers.policy.tiny import alphabet

SHAPE = {"width": 32, "layers": 2, "heads": 2, "context": 64}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return build("tiny", SHAPE, 3)


def legal(policy: Policy, *names: str) -> LegalSet:
    return tuple(policy.encode(name) for name in names)


def test_actions_that_it_cannot_tell_apart_are_refused_by_name(policy: Policy) -> None:
    prompt = policy.encode("x")
    with pytest.raises(BadSpec, match="are the same to this policy"):
        policy.score([prompt], [legal(policy, "♠a", "b", "♥a")])
    with pytest.raises(BadSpec, match="'♠a' and '♥a'"):
        Held(policy).score([Position("x", ("a", "b")), Position("x", ("♠a", "b", "♥a"))])


def by_hand(policy: Policy, prompt: Tokens, actions: LegalSet) -> list[float]:
    """Action log-probabilities as the definition has them: one softmax at each fork, each read by itself."""
    found: list[float] = []
    for action in actions:
        total = 0.0
        for at in range(len(action) + 1):
            ways = sorted(
                {(other[at] if at < len(other) else alphabet.END) for other in actions if other[:at] == action[:at]}
            )
            with torch.no_grad():
                logps = policy.forward_texts([prompt], [(*action[:at], alphabet.END)]).logps_NTV[0, at, ways]
            mine = ways.index(action[at] if at < len(action) else alphabet.END)
            total += float(logps.log_softmax(-1)[mine])
        found.append(total)
    return found


@pytest.mark.parametrize(
    "names", [("pass", "bet"), ("a1", "a2", "b1", "c3"), ("1", "10", "12", "2", "223"), ("only",)], ids=str
)
def test_scores_are_the_product_over_the_forks_and_sum_to_one(policy: Policy, names: tuple[str, ...]) -> None:
    prompt, actions = policy.encode("2 K pb>"), legal(policy, *names)
    found = policy.score([prompt], [actions])[0]
    assert found == pytest.approx(by_hand(policy, prompt, actions), abs=1e-5)
    assert math.fsum(np.exp(found.astype(float))) == pytest.approx(1.0, abs=1e-6)


def test_a_context_scores_the_same_alone_and_in_any_batch(policy: Policy) -> None:
    prompts = [policy.encode(p) for p in ("1 K >", "2 Q p>", "a much longer prompt than those>", "1 K >")]
    sets = [
        legal(policy, "pass", "bet"),
        legal(policy, "a1", "a2", "b1"),
        legal(policy, "x", "xy"),
        legal(policy, "pass", "bet"),
    ]
    together = policy.score(prompts, sets)
    for prompt, actions, found in zip(prompts, sets, together, strict=True):
        np.testing.assert_allclose(policy.score([prompt], [actions])[0], found, atol=1e-5)
    seen = policy.tokens_seen
    policy.score([prompts[0]] * 50, [sets[0]] * 50)
    assert policy.tokens_seen - seen == len(prompts[0]) + 1, "equal contexts are read once"


def test_what_lies_beyond_a_legal_set_has_no_probability_and_no_gradient(policy: Policy) -> None:
    scores = policy.forward([policy.encode("1 K >")] * 2, [legal(policy, "pass", "bet"), legal(policy, "a", "b", "c")])
    assert float(scores.logps_NA[0, 2].detach()) == OUTSIDE
    entropy = -(scores.logps_NA.exp() * scores.logps_NA).sum()
    assert torch.isfinite(entropy)
    entropy.backward()
    assert all(torch.isfinite(p.grad).all() for p in policy.module.parameters() if p.grad is not None)


def test_generated_texts_carry_the_log_probabilities_of_their_tokens(policy: Policy) -> None:
    prompts = [policy.encode("1 K >"), policy.encode("2 J pb>"), policy.encode("1 K >")]
    texts = policy.generate(prompts, "\n", 6, np.random.default_rng(1))
    with torch.no_grad():
        scores = policy.forward_texts(prompts, [text.tokens for text in texts])
    for i, text in enumerate(texts):
        again = [float(scores.logps_NTV[i, t, token]) for t, token in enumerate(text.tokens)]
        assert text.logps == pytest.approx(again, abs=1e-5)
        ends = {alphabet.END, *policy.encode("\n")}
        assert len(text.tokens) == 6 or text.tokens[-1] in ends
        assert not ends & set(text.tokens[:-1])
    assert policy.generate(prompts, "\n", 6, np.random.default_rng(1)) == texts


def test_text_survives_the_alphabet(policy: Policy) -> None:
    assert policy.decode(policy.encode("x.o/... >\n")) == "x.o/... >\n"
    assert policy.decode(policy.encode("é")) == ""


def test_the_content_hash_names_the_weights(policy: Policy) -> None:
    twin = build("tiny", SHAPE, 3)
    assert twin.content_hash == policy.content_hash
    assert build("tiny", SHAPE, 4).content_hash != policy.content_hash
    twin.load(weights.unpack(weights.pack(policy.state())), 7)
    assert (twin.version, twin.content_hash) == (7, policy.content_hash)
    with torch.no_grad():
        next(twin.module.parameters())[0, 0] += 1e-3
    assert twin.content_hash != policy.content_hash


def test_weights_do_not_depend_on_the_global_random_state() -> None:
    torch.manual_seed(1)
    first, draw = build("tiny", SHAPE, 5).content_hash, torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(draw, torch.rand(1)), "building a policy leaves the global generator alone"
    torch.manual_seed(2)
    assert build("tiny", SHAPE, 5).content_hash == first


def test_bad_specs_and_long_prompts_are_refused(policy: Policy) -> None:
    for spec in ({"width": "wide"}, {"no_such": 1}, {"width": 30, "heads": 4}):
        with pytest.raises(BadSpec):
            build("tiny", spec, 0)
    with pytest.raises(BadSpec, match="context"):
        policy.score([policy.encode("x" * 80)], [legal(policy, "a", "b")])
    with pytest.raises(UnknownBackend):
        build("no_such", {}, 0)
    assert "tiny" in BACKENDS.names()
    assert BACKENDS.literal("tiny", "BACKEND")["spec"]["additionalProperties"] is False
