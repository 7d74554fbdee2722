"""Many askers, few passes, and everybody gets what he would alone."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from workers.policy.batching import Gatherer
from workers.policy.inference import Held, Position, Scored
from workers.policy.policy import build

SPEC = {"width": 16, "layers": 1, "context": 16}
LEGAL = ("p", "b")


def held() -> Held:
    return Held(build("tiny", SPEC, 0))


def test_those_who_ask_together_share_passes_and_get_what_they_would_alone() -> None:
    policy = held()
    gatherer = Gatherer(policy.score, rows=8)
    positions = [Position(f"{n % 20}>", LEGAL) for n in range(60)]

    async def all_at_once() -> Sequence[Scored]:
        return await asyncio.gather(*map(gatherer.score, positions))

    answers = asyncio.run(all_at_once())
    assert gatherer.passes == 3
    assert gatherer.answered == 20
    for position, answer in zip(positions, answers, strict=True):
        (alone,) = policy.score([position])
        assert (answer.prompt, answer.legal, answer.source) == (alone.prompt, alone.legal, alone.source)
        np.testing.assert_allclose(answer.logps, alone.logps, atol=1e-5)


def test_a_pass_that_fails_is_its_askers_to_handle_and_nobody_elses() -> None:
    gatherer = Gatherer(held().score)

    async def ask() -> Scored:
        with pytest.raises(Exception, match="characters"):
            await gatherer.score(Position("1" * 40, LEGAL))
        return await gatherer.score(Position("1>", LEGAL))

    assert asyncio.run(ask()).logps.shape == (2,)


def test_a_policy_says_whose_its_answers_are() -> None:
    policy, other = held(), build("tiny", SPEC, 1)
    before = policy.score([Position("1>", LEGAL)])[0]
    policy.load(other.state(), 7)
    after, text = policy.score([Position("1>", LEGAL)])[0], policy.write(["1>"], "\n", 4, np.random.default_rng(0))[0]
    assert (before.source.version, after.source.version, text.source.version) == (0, 7, 7)
    assert after.source.content_hash == text.source.content_hash == other.content_hash != before.source.content_hash
    assert not np.allclose(before.logps, after.logps)
    assert text.text == policy.policy.decode(text.tokens)
