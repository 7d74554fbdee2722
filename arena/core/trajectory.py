"""What a rollout host sends to a learner: a bundle of trajectories. Versioned; msgpack inside zstd.

A trajectory is what one learning seat did in one match. What many turns share (a prompt, a set of legal actions, the
policy that chose) is written once a bundle and referred to by its place there: in a small game nearly everything is.
"""

from typing import Annotated

import msgspec
import zstandard
from msgspec import Meta, Struct

from arena.core.errors import BadTrajectory
from arena.core.wire import Stop

VERSION = 1
MAX_BYTES = 64_000_000
FREE = -1
"""In place of a legal set or of an action in it: the turn's text was generated, not chosen from a set."""

Place = Annotated[int, Meta(ge=-1, le=2**31 - 1)]


class Source(Struct, frozen=True, array_like=True):
    """A policy that chose actions: the learner's version number and the hash of its weights. Written by the host that
    held it; the learner reads the version for staleness, and the checkpoint's manifest the hash."""

    version: int
    content_hash: bytes


class Setting(Struct, frozen=True, array_like=True):
    """What was played. Written by the host; the learner keeps its baselines by it."""

    game: str
    variant: str
    view: str
    rounds: int


# Thousands of turns are alive at once and none can be part of a cycle: the garbage collector need not walk them.
class Turn(Struct, frozen=True, array_like=True, gc=False):
    """One decision of the learning seat. Written by the host, read by the learner."""

    prompt: Place
    """Index into the bundle's prompts."""
    legal: Place
    """Index into the bundle's legal sets; `FREE` when the text was generated."""
    action: Place
    """Index into that legal set; `FREE` when what was generated is no legal action, or there was no set."""
    source: Place
    """Index into the bundle's sources."""
    logps: list[float]
    """Behaviour log-probabilities: one for an action chosen from a set, else one a generated token."""
    tokens: list[int]
    """The generated tokens; empty for an action chosen from a set."""
    reward: float = 0.0
    """What the seat gained between this decision and its next."""


class Trajectory(Struct, frozen=True, array_like=True, gc=False):
    """What one learning seat did in one match, and what came of it. Written by the host, read by the learner."""

    setting: Place
    """Index into the bundle's settings."""
    seat: int
    opponents: list[Place]
    """Indices into the bundle's opponents, in the order of the other seats."""
    turns: list[Turn]
    score: float
    """The seat's final return, exact."""
    stop: Stop


class Bundle(Struct, frozen=True, kw_only=True):
    """Trajectories of one producer, in its order: the k-th has the sequence number `first + k`."""

    job: str
    generation: int
    """The run of the job that asked for them. What a former run left behind is dropped and counted."""
    producer: str
    first: int
    settings: list[Setting]
    sources: list[Source]
    opponents: list[str]
    """Who else sat there: `policy:VERSION`, a frozen policy's hash, or an agent's kind with its spec."""
    prompts: list[list[int]]
    """Token ids."""
    legal: list[list[list[int]]]
    """Legal sets: the token ids of each action's text, in the order of the game's action ids."""
    trajectories: list[Trajectory]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Bundle).decode


def pack(bundle: Bundle) -> bytes:
    """The version byte, then the compressed bundle."""
    return bytes([VERSION]) + zstandard.compress(_encode(bundle), 1)


def unpack(blob: bytes) -> Bundle:
    """A bundle whose every reference leads somewhere.

    Raises:
        BadTrajectory: another version's, not a bundle, too large, or a reference that leads nowhere.
    """
    if not blob or blob[0] != VERSION:
        what = f"The trajectories have format {blob[0] if blob else 'none'}; this arena reads {VERSION}."
        raise BadTrajectory(what, todo="Run the same version of the arena on every host.")
    try:
        bundle = _decode(zstandard.decompress(blob[1:], max_output_size=MAX_BYTES))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise BadTrajectory(f"The bytes are no bundle of trajectories: {error}.", todo="See who wrote them.") from None
    _check(bundle)
    return bundle


def _check(bundle: Bundle) -> None:
    settings, opponents, sources = len(bundle.settings), len(bundle.opponents), len(bundle.sources)
    prompts, sets = len(bundle.prompts), [len(actions) for actions in bundle.legal]
    for trajectory in bundle.trajectories:
        sound = 0 <= trajectory.setting < settings and all(0 <= o < opponents for o in trajectory.opponents)
        for turn in trajectory.turns:
            sound = sound and 0 <= turn.prompt < prompts and 0 <= turn.source < sources and turn.legal < len(sets)
            sound = sound and turn.action < (sets[turn.legal] if turn.legal >= 0 else 1 << 31)
        if not sound:
            raise BadTrajectory("A trajectory refers to what its bundle does not hold.", todo="See who wrote it.")
