"""Many askers, few passes, and every answer of one version."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from workers.policy.batching import Answer, Local, Pair
from workers.policy.policy import build
from workers.policy.server import PolicyServer

SPEC = {"width": 16, "layers": 1, "context": 16}
LEGAL = ("p", "b")


def asked(local: Local, text: str) -> Pair:
    policy = local.policy
    return policy.encode(text), tuple(policy.encode(name) for name in LEGAL)


def test_those_who_ask_together_share_passes_and_get_what_they_would_alone() -> None:
    local = Local(build("tiny", SPEC, 0), rows=8)
    pairs = [asked(local, f"{n % 20}>") for n in range(60)]

    async def all_at_once() -> Sequence[Answer]:
        return await asyncio.gather(*(local.score(*pair) for pair in pairs))

    answers = asyncio.run(all_at_once())
    assert local.passes == 3
    assert local.answered == 20
    for pair, answer in zip(pairs, answers, strict=True):
        (alone,) = local.policy.score([pair[0]], [pair[1]])
        np.testing.assert_allclose(answer.logps, alone, atol=1e-5)


def test_an_answer_is_of_one_version_whenever_weights_are_swapped() -> None:
    local, other = Local(build("tiny", SPEC, 0), rows=4), build("tiny", SPEC, 1)
    states = [local.policy.state(), other.state()]
    truth: dict[int, np.ndarray] = {}
    pair = asked(local, "1 K>")
    for version, state in enumerate(states):
        other.load(state, version)
        truth[version] = other.score([pair[0]], [pair[1]])[0]

    async def swap_while_asked() -> None:
        async def ask() -> None:
            for _ in range(40):
                answer = await local.score(*pair)
                np.testing.assert_allclose(answer.logps, truth[answer.version % 2], atol=1e-5)

        async def swap() -> None:
            for version in range(20):
                await local.swap(version, states[version % 2])

        await asyncio.gather(ask(), ask(), swap())

    asyncio.run(swap_while_asked())
    assert not np.allclose(truth[0], truth[1])


def test_a_pass_that_fails_is_its_askers_to_handle_and_nobody_elses() -> None:
    local = Local(build("tiny", SPEC, 0))
    bad: Pair = ((10**6,), (local.policy.encode("p"),))

    async def ask() -> Answer:
        with pytest.raises((IndexError, RuntimeError)):
            await local.score(*bad)
        return await local.score(*asked(local, "1>"))

    assert asyncio.run(ask()).logps.shape == (2,)


def test_a_server_swaps_to_the_weights_it_is_sent() -> None:
    from safetensors.torch import save

    other = build("tiny", SPEC, 1)

    async def use() -> tuple[list[Answer], dict[str, int]]:
        server = PolicyServer("tiny", SPEC, 0)
        await server.load(7, save({n: t.contiguous() for n, t in other.state().items()}))
        pair = other.encode("1>"), tuple(other.encode(name) for name in LEGAL)
        return await server.score([pair, pair]), await server.vitals()

    answers, vitals = asyncio.run(use())
    assert [a.content_hash for a in answers] == [other.content_hash] * 2
    assert vitals == {"answered": 1, "passes": 1, "version": 7}
