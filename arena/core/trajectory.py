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
MAX_BYTES = 8_000_000
"""What a bundle may weigh uncompressed. A receiver's memory is a few dozen times that at worst, so it is kept small."""
MAX_TRAJECTORIES = 4096
FREE = -1
"""In place of a legal set or of an action in it: the turn's text was generated, not chosen from a set."""

TODO = "See who wrote it: every host must run the same version of the arena."

Place = Annotated[int, Meta(ge=-1, le=2**31 - 1)]
Token = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Number = Annotated[int, Meta(ge=0, le=2**52)]
Real = Annotated[float, Meta(ge=-1e12, le=1e12)]
"""Finite: the bounds refuse what is no number, too."""
LogP = Annotated[float, Meta(ge=-1e6, le=1e-3)]
"""A natural logarithm of a probability; rounding may lift it a little above 0."""
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Hash = Annotated[bytes, Meta(max_length=64)]


class Source(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A policy that chose actions: the learner's version number and the hash of its weights. Written by the host that
    held it; the learner reads the version for staleness. The hash goes into the chain over all bundles that a
    checkpoint's manifest holds."""

    version: Number
    content_hash: Hash


class Setting(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What was played. Written by the host; the learner keeps its baselines by it."""

    game: Name
    variant: Name
    view: Name
    rounds: Number


class Turn(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One decision of the learning seat. Written by the host, read by the learner."""

    prompt: Place
    """Index into the bundle's prompts."""
    legal: Place
    """Index into the bundle's legal sets; `FREE` when the text was generated."""
    action: Place
    """Index into that legal set; `FREE` when what was generated is no legal action, or there was no set."""
    source: Place
    """Index into the bundle's sources."""
    logps: list[LogP]
    """Behaviour log-probabilities: one for an action chosen from a set, else one a generated token."""
    tokens: list[Token]
    """The generated tokens; empty for an action chosen from a set."""
    reward: Real = 0.0
    """What the seat gained between this decision and its next."""


class Trajectory(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What one learning seat did in one match, and what came of it. Written by the host, read by the learner."""

    setting: Place
    """Index into the bundle's settings."""
    seat: Annotated[int, Meta(ge=0, le=1000)]
    opponents: list[Place]
    """Indices into the bundle's opponents, in the order of the other seats."""
    turns: list[Turn]
    """At least one: of a seat that decided nothing there is nothing to learn."""
    score: Real
    """The seat's final return, exact."""
    stop: Stop


class Bundle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trajectories of one producer, in its order: the k-th has the sequence number `first + k`."""

    job: Name
    generation: Number
    """The run of the job that asked for them. What a former run left behind is dropped and counted."""
    producer: Name
    """One process of a host. A process that starts anew takes a new name, because it counts from 0 again."""
    first: Number
    settings: list[Setting]
    sources: list[Source]
    opponents: list[str]
    """Who else sat there: `policy:VERSION`, a frozen policy's hash, or an agent's kind with its spec."""
    prompts: list[list[Token]]
    """Token ids."""
    legal: list[list[list[Token]]]
    """Legal sets: the token ids of each action's text, in the order of the game's action ids."""
    trajectories: Annotated[list[Trajectory], Meta(min_length=1, max_length=MAX_TRAJECTORIES)]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Bundle).decode


def weigh(bundle: Bundle) -> int:
    """Its bytes before compression."""
    return len(_encode(bundle))


def pack(bundle: Bundle) -> bytes:
    """The version byte, then the compressed bundle.

    Raises:
        BadTrajectory: too large for any reader.
    """
    body = _encode(bundle)
    if len(body) > MAX_BYTES or len(bundle.trajectories) > MAX_TRAJECTORIES:
        what = f"{len(bundle.trajectories)} trajectories of {len(body)} bytes are too many for a bundle."
        raise BadTrajectory(what, todo=f"Send at most {MAX_TRAJECTORIES} of together {MAX_BYTES} bytes.")
    return bytes([VERSION]) + zstandard.compress(body, 1)


def unpack(blob: bytes) -> Bundle:
    """A bundle whose every reference leads somewhere and whose every number is one.

    Raises:
        BadTrajectory: another version's, not a bundle, too large, or a reference that leads nowhere. Nothing else.
    """
    if not blob or blob[0] != VERSION:
        what = f"The trajectories have format {blob[0] if blob else 'none'}; this arena reads {VERSION}."
        raise BadTrajectory(what, todo="Run the same version of the arena on every host.")
    try:
        # The frame says its size before anything is inflated: one that does not, or says too much, is refused.
        size = zstandard.get_frame_parameters(blob[1:]).content_size
        if size > MAX_BYTES:
            raise BadTrajectory(f"The bundle is larger than {MAX_BYTES} bytes.", todo=TODO)
        bundle = _decode(zstandard.decompress(blob[1:]))
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError, MemoryError) as error:
        raise BadTrajectory(f"The bytes are no bundle of trajectories: {error}.", todo=TODO) from None
    _check(bundle)
    return bundle


def _check(bundle: Bundle) -> None:
    settings, opponents, sources = len(bundle.settings), len(bundle.opponents), len(bundle.sources)
    prompts, sets = len(bundle.prompts), [len(actions) for actions in bundle.legal]
    for trajectory in bundle.trajectories:
        sound = 0 <= trajectory.setting < settings and bool(trajectory.turns)
        for opponent in trajectory.opponents:
            sound = sound and 0 <= opponent < opponents
        for turn in trajectory.turns:
            sound = sound and 0 <= turn.prompt < prompts and 0 <= turn.source < sources and _chosen(turn, sets)
        if not sound:
            what = "A trajectory has no turns, or refers to what is not there, or a turn says too much or too little."
            raise BadTrajectory(what, todo=TODO)


def _chosen(turn: Turn, sets: list[int]) -> bool:
    """Whether the turn is an action of a legal set with its one log-probability, or text with one a token."""
    if turn.legal >= len(sets) or (turn.legal == FREE and turn.action != FREE):
        return False
    if turn.legal != FREE and turn.action >= sets[turn.legal]:
        return False
    wanted = len(turn.tokens) if turn.tokens or turn.action == FREE else 1
    return len(turn.logps) == wanted
