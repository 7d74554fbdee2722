"""What crosses between processes: the order for a match, and the report of one. Versioned; msgpack inside zstd.

Expected endings are values here (`Stop`). Every field says who writes it and who reads it.
"""

import hashlib
import math
from enum import StrEnum
from typing import Any

import msgspec
import zstandard

VERSION = 1
MAX_REPORT_BYTES = 8_000_000
MAX_TIME = 1e11
"""Far above any time in a report, whether Unix seconds or milliseconds."""
MAX_NAME = 200
TIMER_SLACK_MS = 5.0
"""How much earlier than told a timer may go off."""


class Stop(StrEnum):
    """Why a seat's match ended."""

    WIN = "win"
    LOSS = "loss"
    DRAW = "draw"
    ILLEGAL = "illegal"
    """It spent its budget of illegal actions: it loses."""
    TIMEOUT = "timeout"
    """It ran out of time: it loses."""
    RESIGNED = "resigned"
    AGENT_FAULT = "agent_fault"
    """It raised or answered with something that is no text: it loses."""
    ABANDONED = "abandoned"
    """Who plays the seat was not there, and did not come back in time: it loses."""
    ECHO = "echo"
    """It said the same thing over and over, where words are free: it loses."""
    FORFEIT_WIN = "forfeit_win"
    """Another seat was stopped by its own fault."""
    INFRASTRUCTURE = "infrastructure"
    """The arena's own fault: the match is void and queued again."""


FAULTS = frozenset({Stop.ILLEGAL, Stop.TIMEOUT, Stop.RESIGNED, Stop.AGENT_FAULT, Stop.ABANDONED, Stop.ECHO})


class SeatOrder(msgspec.Struct, frozen=True):
    """Who sits in one seat. Written by the pool from the player version; read by the match host."""

    version_id: str
    kind: str
    spec: dict[str, Any]
    name: str
    secrets: dict[str, str] = {}
    """What the version's owner gave in confidence, in the clear: the pool alone unseals it, and nothing logs it."""

    def __repr__(self) -> str:
        return f"SeatOrder({self.version_id!r}, {self.kind!r}, {self.spec!r}, {self.name!r})"


class MatchOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One match to play. Written by the pool from `match` and its lease; read by the match host."""

    match_id: str
    fence: int
    """The lease's number: a report under an older fence is refused."""
    game: str
    variant: str
    rounds: int
    opening_plies: int
    view: str
    seed: int
    seats: list[SeatOrder]
    ply_clock_ms: int
    match_clock_ms: int
    illegal_budget: int
    """Illegal actions a seat may try in the whole match; the next one loses. The count never resets."""


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What stands behind a reply. Written by the agent, through the referee; kept as evidence, read by people."""

    raw: str = ""
    """What a model wrote, of which the reply was taken."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    receipt: str = ""
    """The arena's own signature of when the reply came and from whom, where it came over the network."""


class Rejected(msgspec.Struct, frozen=True, array_like=True):
    """A reply that was not a legal action. Written by the referee; kept as evidence."""

    reply: str
    ms: float
    said: Said | None = None


class Ply(msgspec.Struct, frozen=True, array_like=True):
    """One action of a match. Written by the referee; read by the settler's replay and by people."""

    seat: int
    legal: list[str]
    action: str
    state: bytes
    """First eight bytes of the game hash after this action."""
    ms: float
    """Time the agent took, by the referee's clock."""
    rejected: list[Rejected] = []
    said: Said | None = None


class Final(msgspec.Struct, frozen=True, array_like=True):
    """The turn that ended a match by a fault. Written by the referee; what it claims is checked where it can be."""

    reply: str
    """What was said last, or the exception that was raised."""
    ms: float
    """Time the whole turn took, rejected replies included."""
    said: Said | None = None


class SeatReport(msgspec.Struct, frozen=True, array_like=True):
    """How one seat ended. Written by the referee; `score` and `stop` are checked by the settler."""

    version_id: str
    score: float
    """The game's own exact score; after a fault, as `forfeit_scores` says."""
    rank: int
    """1 is best; equal scores share a rank."""
    stop: Stop
    illegal: int
    ms: float


class MatchReport(msgspec.Struct, frozen=True, kw_only=True):
    """A finished match. Written by the match host; read by the settler."""

    version: int = VERSION
    match_id: str
    fence: int
    host: str
    """The lease's holder; compared with the lease."""
    seats: list[SeatReport]
    plies: list[Ply]
    unfinished: list[Rejected] = []
    """Rejected replies after the last action, when the match ended on a fault."""
    final: Final | None = None
    """The turn that ended it, when the match ended on a fault."""
    game_hash: bytes
    evidence_hash: bytes
    finished_at: float
    """Unix seconds, the host's clock, when the last action was taken."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(MatchReport)


def pack(value: object) -> bytes:
    """msgpack inside zstd."""
    return zstandard.compress(_encoder.encode(value), level=1)


def evidence_hash(report: MatchReport) -> bytes:
    """BLAKE2b-256 over the whole report but this hash: replies, clocks, legal lists, who played it and when."""
    body = _encoder.encode(msgspec.structs.replace(report, evidence_hash=b""))
    return hashlib.blake2b(body, digest_size=32).digest()


class BadReport(ValueError):
    """Bytes that are no report of this version."""


def unpack_report(blob: bytes) -> MatchReport:
    """A report from the wire.

    Raises:
        BadReport: not a report, of another version, or larger than `MAX_REPORT_BYTES`.
    """
    try:
        # The frame says its size before anything is inflated: one that does not, or says too much, is refused.
        size = zstandard.get_frame_parameters(blob).content_size
        if size > MAX_REPORT_BYTES:
            raise BadReport(f"{size} bytes is more than {MAX_REPORT_BYTES}")
        report = _decoder.decode(zstandard.decompress(blob))
    except (zstandard.ZstdError, msgspec.MsgspecError, ValueError) as error:  # text that is no UTF-8 is a ValueError
        raise BadReport(str(error)) from error
    if report.version != VERSION:
        raise BadReport(f"wire version {report.version}, this arena reads {VERSION}")
    _check_bounds(report)
    return report


def _check_bounds(report: MatchReport) -> None:
    """Refuse what no honest host writes and no table can hold: numbers that are none, names that are no names."""
    times = [report.finished_at, *(s.ms for s in report.seats), *(p.ms for p in report.plies)]
    times += [r.ms for p in report.plies for r in p.rejected] + [r.ms for r in report.unfinished]
    times += [report.final.ms] if report.final else []
    if not all(0 <= t < MAX_TIME for t in times):
        raise BadReport("a time is negative, infinite or none at all")
    if not all(math.isfinite(s.score) for s in report.seats):
        raise BadReport("a score is no number")
    if not report.host.isprintable() or len(report.host) > MAX_NAME:
        raise BadReport("the host's name is none")
