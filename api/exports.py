"""Exports: what may be told of settled matches, streamed in batches, so that their number costs no memory."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import zstandard
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from api import pgn
from api.context import Context
from api.listing import labels
from arena.core.wire import unpack_report
from arena.store import exports
from arena.store.exports import Place, Wanted
from games import catalog
from games.record import rules_hash
from games.rules import Format
from games.session import start

BATCH = 100
Render = Callable[[Any, list[str]], str]
"""A match and its players' names, as text."""


class Packer(Protocol):
    """What makes bytes smaller, some at a time."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


PACKERS: dict[str, Callable[[], Packer]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=3).compressobj(), "gzip": lambda: zlib.compressobj(wbits=31),
}  # fmt: skip


def stream(reach: Context, wanted: Wanted, render: Render, accepted: str, media_type: str) -> StreamingResponse:
    """The matches that are wanted, oldest first, packed where the client reads that.

    The first batch is read here: what goes wrong with it can still be told.
    """
    first = _batch(reach, wanted, render, None)
    packing = next((name for name in PACKERS if _accepts(accepted, name)), None)
    headers = {"Vary": "Accept-Encoding", **({"Content-Encoding": packing} if packing else {})}
    told = _texts(reach, wanted, render, first)
    body = _packed(told, PACKERS[packing]()) if packing else told
    return StreamingResponse(body, headers=headers, media_type=media_type)


def line(match: Any, names: list[str]) -> str:
    """A match as one line of JSON. `actions` are null where its moves are no longer kept."""
    report = unpack_report(match.blob) if match.blob is not None else None
    plain = ("game", "variant", "league", "purpose", "view", "rounds", "opening_plies", "seed", "void")
    told = {
        "id": str(match.id), **{name: getattr(match, name) for name in plain},
        "pair_id": str(match.pair_id) if match.pair_id else None, "nonce": match.nonce.hex(),
        "rules_hash": match.rules_hash.hex(), "game_hash": match.game_hash.hex(),
        "created_at": match.created_at.isoformat(), "finished_at": match.finished_at.isoformat(),
        "settled_at": match.settled_at.isoformat(),
        "seats": [
            {"player": names[n], "version_id": str(version_id), "score": match.scores[n], "rank": match.ranks[n],
             "stop": match.stops[n], "illegal": match.illegal[n], "ms": match.ms[n]}
            for n, version_id in enumerate(match.seats)
        ],
        "opening": _opening(match),
        "actions": None if report is None else [[ply.seat, ply.action] for ply in report.plies],
    }  # fmt: skip
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False) + "\n"


def game(match: Any, names: list[str]) -> str:
    """A match in PGN; nothing of one whose moves are no longer kept, or whose rules have changed; nor of a void one."""
    rules = catalog.load(match.game)
    if match.blob is None or match.void is not None or rules_hash(rules) != match.rules_hash:
        return ""
    return pgn.pgn(match, unpack_report(match.blob), names)


def named(connection: Connection, rows: list[Any]) -> list[list[str]]:
    """The players' names of each match, in the order of its seats."""
    known = labels(connection, (seat for row in rows for seat in row.seats))
    return [[known.get(seat, "?") for seat in row.seats] for row in rows]


def _opening(match: Any) -> list[str] | None:
    """The seeded plies before the first one; null where the rules that made them have changed."""
    if not match.opening_plies:
        return []
    rules = catalog.load(match.game)
    if rules_hash(rules) != match.rules_hash:
        return None
    return start(rules, match.seed, match.variant, Format(match.rounds, match.opening_plies)).moves()


async def _texts(
    reach: Context, wanted: Wanted, render: Render, first: tuple[str, Place | None]
) -> AsyncIterator[bytes]:
    """A batch at a time, each in a transaction of its own: whoever reads slowly holds nothing meanwhile."""
    text, after = first
    yield text.encode()
    while after is not None:
        async with reach.lookers:
            text, after = await asyncio.to_thread(_batch, reach, wanted, render, after)
        yield text.encode()


def _batch(reach: Context, wanted: Wanted, render: Render, after: Place | None) -> tuple[str, Place | None]:
    with reach.engine.connect() as connection:
        rows = exports.batch(connection, wanted, after, BATCH)
        names = named(connection, rows)
    text = "".join(render(row, of) for row, of in zip(rows, names, strict=True))
    return text, (rows[-1].settled_at, rows[-1].id) if len(rows) == BATCH else None


async def _packed(parts: AsyncIterator[bytes], packer: Packer) -> AsyncIterator[bytes]:
    async for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _accepts(header: str, name: str) -> bool:
    """Whether `Accept-Encoding` names a packing, and not with a weight of nothing."""
    for one in header.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == name:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
