"""Many matches at once against a slow endpoint: they should take as long as one.

A real match host plays tic-tac-toe against the example's server, which thinks a second about each answer, in a process
of its own. One match, then `MATCHES` of them: each is the same questions, one after the other.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from arena.core.ids import new_id
from arena.core.terms import Terms
from arena.core.wire import MatchOrder, SeatOrder, Stop, unpack_report
from arena.embedded.valkey import Valkey
from arena.stream.redis import RESULTS, connect
from arena.stream.results import FIELD
from bench.figures import Figure, report
from workers.endpoint.reach import allow
from workers.match.host import Host

MATCHES = 64
DELAY_S = 1.0
RUNS = 3
TARGET = 1.2
GAME = "tic_tac_toe"
WAIT_S = 30.0
SERVER = "examples/openai_server.py"


def orders(base_url: str, matches: int) -> list[MatchOrder]:
    """Matches of two players behind the endpoint. It answers the same question alike, so all are of one length."""
    terms = Terms()
    seats = [SeatOrder(f"v{i}", "openai", {"base_url": base_url, "model": "m"}, f"p{i}") for i in range(2)]
    return [
        MatchOrder(
            match_id=str(new_id()), fence=1, game=GAME, variant="standard", rounds=1, opening_plies=0, view="prose",
            seed=1, seats=seats, ply_clock_ms=terms.ply_clock_ms, match_clock_ms=terms.match_clock_ms,
            illegal_budget=terms.illegal_budget,
        )
        for _ in range(matches)
    ]  # fmt: skip


async def wall_s(base_url: str, redis_url: str, matches: int) -> float:
    """Seconds until a new host has reported every match."""
    host = Host("bench", redis_url)
    began, blob = time.perf_counter(), msgspec.msgpack.encode(orders(base_url, matches))
    done = list((await host.exchange(blob, WAIT_S)).finished)
    while len(done) < matches:
        done += (await host.exchange(msgspec.msgpack.encode([]), WAIT_S)).finished
    return time.perf_counter() - began


def check(redis_url: str, expected: int) -> None:
    """Raises unless every match was played to its end."""
    client: Any = connect(redis_url)
    reports = [unpack_report(fields[FIELD]) for _, fields in client.xrange(RESULTS)]
    client.close()
    faults = {s.stop for report in reports for s in report.seats} - {Stop.WIN, Stop.LOSS, Stop.DRAW}
    if len(reports) != expected or faults:
        raise RuntimeError(f"{len(reports)} of {expected} matches were played, with {faults or 'no faults'}")


@contextmanager
def endpoint() -> Iterator[str]:
    """The base URL of a slow endpoint in a process of its own."""
    command = [sys.executable, SERVER, "--port", "0", "--delay-s", str(DELAY_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def figures(redis_url: str) -> Iterator[Figure]:
    """How much longer many matches take than one, and the seconds of both."""
    allow("127.0.0.0/8")
    with endpoint() as base_url:
        asyncio.run(wall_s(base_url, redis_url, 1))  # imports, and a connection
        pairs = [
            (asyncio.run(wall_s(base_url, redis_url, 1)), asyncio.run(wall_s(base_url, redis_url, MATCHES)))
            for _ in range(RUNS)
        ]
    check(redis_url, 1 + RUNS * (1 + MATCHES))
    one, many = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(many / one for one, many in pairs)
    met = ratio <= TARGET
    yield Figure("players.endpoint_fanout_ratio", ratio, "1", target=f"<= {TARGET}", meets=met, seeds=RUNS)
    yield Figure("players.endpoint_fanout_s", many, "s", "one match alone", one, seeds=RUNS)


def main() -> None:
    """Measure it alone, on a Valkey of its own."""
    with tempfile.TemporaryDirectory() as folder:
        valkey = Valkey(Path(folder) / "valkey")
        try:
            report(figures(valkey.start()), "--json" in sys.argv)
        finally:
            valkey.stop()


if __name__ == "__main__":
    main()
