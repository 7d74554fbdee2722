import math
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from arena.core.bundling import Bundler, Decision, fit
from arena.core.errors import BadTrajectory
from arena.core.trajectory import (
    FREE,
    MAX_BYTES,
    MAX_TRAJECTORIES,
    VERSION,
    Bundle,
    Setting,
    Source,
    Trajectory,
    Turn,
    pack,
    unpack,
    weigh,
)
from arena.core.wire import Stop

TOKENS = st.lists(st.integers(0, 2**31 - 1), max_size=4).map(tuple)
LOGP = st.floats(-1e6, 0)
SOURCE = st.builds(Source, st.integers(0, 2**52), st.binary(max_size=32))
SETTING = st.builds(Setting, *[st.text(min_size=1, max_size=9)] * 3, st.integers(0, 100))
REWARD = st.floats(-1e12, 1e12)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    legal = draw(st.none() | st.lists(TOKENS, min_size=1, max_size=3).map(tuple))
    chosen = draw(st.integers(0, len(legal) - 1)) if legal else FREE
    tokens = draw(TOKENS) if chosen == FREE or draw(st.booleans()) else ()
    count = len(tokens) if tokens or chosen == FREE else 1
    logps = draw(st.lists(LOGP, min_size=count, max_size=count))
    return Decision(draw(TOKENS), draw(SOURCE), logps, legal, chosen, tokens, draw(REWARD))


PLAYED = st.tuples(
    SETTING, st.integers(0, 9), st.lists(st.text(max_size=9), max_size=2),
    st.lists(decisions(), min_size=1, max_size=3), st.tuples(REWARD, st.sampled_from(Stop)),
)  # fmt: skip


def bundled(played: list[Any], first: int = 0) -> Bundle:
    bundler = Bundler("job", 3, "host/1", first)
    for one in played:
        bundler.add(*one)
    return bundler.bundle()


def unbundled(bundle: Bundle) -> list[Any]:
    """What went into a bundler."""
    found: list[Any] = []
    for t in bundle.trajectories:
        turns = [
            Decision(
                tuple(bundle.prompts[turn.prompt]),
                bundle.sources[turn.source],
                turn.logps,
                None if turn.legal == FREE else tuple(map(tuple, bundle.legal[turn.legal])),
                turn.action,
                tuple(turn.tokens),
                turn.reward,
            )
            for turn in t.turns
        ]
        opponents = [bundle.opponents[o] for o in t.opponents]
        found.append((bundle.settings[t.setting], t.seat, opponents, turns, (t.score, t.stop)))
    return found


@given(st.lists(PLAYED, min_size=1, max_size=4), st.integers(0, 2**50))
def test_what_was_played_survives_the_wire(played: list[Any], first: int) -> None:
    bundle = unpack(pack(bundled(played, first)))
    assert unbundled(bundle) == played
    assert bundle.first == first


def test_what_is_shared_is_written_once_and_numbers_go_on() -> None:
    turn = Decision((1, 2), Source(4, b"h"), [-0.5], ((1,), (2,)), 1)
    bundler = Bundler("job", 3, "host/1")
    for _ in range(50):
        bundler.add(Setting("kuhn_poker", "standard", "prose", 1), 0, ["policy:4"], [turn, turn], (1.0, Stop.WIN))
    bundle = bundler.bundle()
    tables = (bundle.settings, bundle.sources, bundle.opponents, bundle.prompts, bundle.legal)
    assert [len(table) for table in tables] == [1] * 5
    assert (bundler.next, len(bundler)) == (50, 0)


TURN = Turn(0, 0, 1, 0, [-0.5], [])
GOOD = Bundle(
    job="job", generation=0, producer="host/1", first=0, settings=[Setting("g", "v", "w", 1)],
    sources=[Source(1, b"")], opponents=["random"], prompts=[[1]], legal=[[[1], [2]]],
    trajectories=[Trajectory(0, 0, [0], [TURN], 1.0, Stop.WIN)],
)  # fmt: skip


def with_turn(**changes: Any) -> Bundle:
    turn = msgspec.structs.replace(TURN, **changes)
    return msgspec.structs.replace(GOOD, trajectories=[Trajectory(0, 0, [0], [turn], 1.0, Stop.WIN)])


def with_trajectory(**changes: Any) -> Bundle:
    return msgspec.structs.replace(GOOD, trajectories=[msgspec.structs.replace(GOOD.trajectories[0], **changes)])


BAD = {
    "prompt": with_turn(prompt=1), "negative prompt": with_turn(prompt=-1), "source": with_turn(source=1),
    "legal set": with_turn(legal=1), "action": with_turn(action=2), "action of no set": with_turn(legal=FREE),
    "no log-probability": with_turn(logps=[]), "two log-probabilities": with_turn(logps=[-1.0, -1.0]),
    "fewer than tokens": with_turn(tokens=[1, 2]), "a probability above 1": with_turn(logps=[0.1]),
    "a log-probability that is none": with_turn(logps=[math.nan]), "an endless reward": with_turn(reward=math.inf),
    "a score that is none": with_trajectory(score=math.nan), "setting": with_trajectory(setting=1),
    "no turns": with_trajectory(turns=[]), "opponent": with_trajectory(opponents=[1]), "seat": with_trajectory(seat=-1),
    "empty": msgspec.structs.replace(GOOD, trajectories=[]), "first": msgspec.structs.replace(GOOD, first=-1),
    "token": msgspec.structs.replace(GOOD, prompts=[[-1]]), "name": msgspec.structs.replace(GOOD, producer="x" * 201),
}  # fmt: skip


@pytest.mark.parametrize("bundle", BAD.values(), ids=BAD)
def test_what_cannot_be_learnt_from_is_refused(bundle: Bundle) -> None:
    assert unpack(pack(GOOD)) == GOOD
    with pytest.raises(BadTrajectory):
        unpack(pack(bundle))


def framed(body: bytes) -> bytes:
    return bytes([VERSION]) + zstandard.compress(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_bundle_or_refused(noise: bytes) -> None:
    for blob in (noise, bytes([VERSION]) + noise, framed(noise)):
        with pytest.raises(BadTrajectory):
            unpack(blob)


@given(st.data())
def test_a_damaged_bundle_is_a_bundle_or_refused(data: st.DataObject) -> None:
    body = bytearray(msgspec.msgpack.encode(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadTrajectory):
        unpack(framed(bytes(body)))


def test_names_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadTrajectory):
        unpack(framed(msgspec.msgpack.encode(GOOD).replace(b"host/1", b"host\xff\xff")))


def test_bombs_are_not_inflated() -> None:
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(b"\0" * 100)
    for bomb in (zstandard.compress(b"\0" * (MAX_BYTES * 4)), silent):
        with pytest.raises(BadTrajectory):
            unpack(bytes([VERSION]) + bomb)


def test_huge_counts_and_deep_nests_are_refused() -> None:
    fields = msgspec.msgpack.encode({"job": "job", "prompts": []})[:-1]
    for tail in (b"\xdd\xff\xff\xff\xff", b"\x91" * 100_000, b"\xc6\xff\xff\xff\xff"):
        with pytest.raises(BadTrajectory):
            unpack(framed(fields + tail))
    with pytest.raises(BadTrajectory):
        unpack(framed(b"\x81\xa5stray" + b"\x91" * 100_000))


def test_too_much_for_any_reader_is_not_packed() -> None:
    with pytest.raises(BadTrajectory, match="Send at most"):
        pack(msgspec.structs.replace(GOOD, trajectories=GOOD.trajectories * (MAX_TRAJECTORIES + 1)))
    with pytest.raises(BadTrajectory, match="Send at most"):
        pack(msgspec.structs.replace(GOOD, prompts=[[2**31 - 1] * 2_000_000]))


def test_another_version_is_named() -> None:
    with pytest.raises(BadTrajectory, match="format 9"):
        unpack(b"\x09" + pack(GOOD)[1:])


@given(st.lists(PLAYED, min_size=1, max_size=12), st.integers(0, 1000))
def test_what_is_too_large_is_several_bundles_that_hold_the_same(played: list[Any], bound: int) -> None:
    whole = bundled(played, 7)
    bound += max(weigh(bundled([one], 7)) for one in played)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arena.core.bundling.MAX_BYTES", bound)
        parts = fit(whole)
    assert [one for part in parts for one in unbundled(part)] == unbundled(whole)
    ends = [part.first + len(part.trajectories) for part in parts]
    assert [part.first for part in parts] == [7, *ends[:-1]]
    assert all(weigh(unpack(pack(part))) <= bound for part in parts)
    assert (len(parts) == 1) == (weigh(whole) <= bound)


def test_a_trajectory_that_cannot_be_sent_says_what_makes_it_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.core.bundling.MAX_BYTES", 10)
    with pytest.raises(BadTrajectory) as raised:
        fit(bundled([(Setting("g", "v", "w", 1), 0, [], [Decision((), Source(0, b""), [])], (0.0, Stop.WIN))]))
    assert "`rounds`" in raised.value.todo
