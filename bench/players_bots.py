"""Bots at once on this machine: how much longer a turn takes than its bot thinks, by the match host's own clock.

`python -m bench.players_bots [--json] [--bots 500] [--seconds 30]`. A real API process, a match host in a process of
its own, PostgreSQL, Valkey and the bots in a few processes more. Beside it: as many bare WebSockets of the `websockets`
library, whose server asks and whose clients answer after the same time.
"""

import argparse
import asyncio
import gc
import multiprocessing
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.request import urlopen

import msgspec
import psutil

from arena.client import Bot, Observation
from arena.core.ids import new_id
from arena.core.wire import MatchOrder, SeatOrder, unpack_report
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.flow.submit import Submission, submit
from arena.store import database, keys, players, schema
from arena.stream import presence
from arena.stream.redis import RESULTS, connect
from bench.bare_bots import PROCESSES, THINK_S, bare
from bench.figures import Figure, report
from workers.match.host import Host

GAME = "connect_four"
TARGET_MS = 100.0
READY_S = 120.0
Entered = tuple[str, str]
"""A player's name, and its version."""


@contextmanager
def api(folder: Path) -> Generator[tuple[str, str, str]]:
    """(database URL, Redis URL, API URL) of fresh servers and one process of the API."""
    postgres, valkey = Postgres(folder / "postgres"), Valkey(folder / "valkey")
    child: subprocess.Popen[bytes] | None = None
    try:
        database_url, redis_url, port = postgres.start(), valkey.start(), free_port()
        engine = database.connect(database_url)
        schema.upgrade(engine)
        engine.dispose()
        environment = {
            **os.environ, "ARENA_HOME": str(folder), "ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url,
            "ARENA_API_PORT": str(port), "ARENA_KEY_RATE": "1000000", "ARENA_SECRETS_KEY": secrets.token_hex(32),
        }  # fmt: skip
        with (folder / "api.log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "arena.cli.main", "run", "api"], env=environment, stderr=log
            )
        url = f"http://127.0.0.1:{port}"
        _wait("the API", lambda: _answers(url))
        yield database_url, redis_url, url
    finally:
        if child is not None:
            child.terminate()
            child.wait()
        valkey.stop()
        postgres.stop()


def _answers(url: str) -> bool:
    with suppress(OSError):
        return urlopen(f"{url}/readyz", timeout=1).status == 200
    return False


def _wait(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not come up")
        time.sleep(0.1)


def entered(database_url: str, n: int) -> tuple[str, list[Entered]]:
    """A key, and `n` players of kind `bot`, all of one owner."""
    engine = database.connect(database_url)
    with engine.begin() as connection:
        owner_id = players.owner(connection, "bench")
        key = keys.add(connection, owner_id, ["submit"])
        wanted = [Submission(f"bot-{i}", "bot") for i in range(n)]
        # As by an admin: anybody else's players are bounded in number.
        found = [(each.name, str(submit(connection, owner_id, each, anybodys=True))) for each in wanted]
    engine.dispose()
    return key, found


def play_bots(url: str, key: str, names: list[str], over: Event) -> None:
    """A process of bots: each thinks for a second, and moves at random."""

    async def act(seen: Observation) -> str:
        await asyncio.sleep(THINK_S)
        return random.choice(seen.legal)

    async def main() -> None:
        gc.freeze()  # what this program imports, and a bot does not, is no part of a bot's thinking
        playing = [asyncio.create_task(Bot(url, key, name, act).play()) for name in names]
        await asyncio.to_thread(over.wait)
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)

    asyncio.run(main())


def play_matches(redis_url: str, orders: bytes) -> None:
    """A process with a match host, until its matches are over; they begin evenly over one thinking time."""

    async def main() -> None:
        gc.freeze()  # as the actor does
        host = Host("bench", redis_url)
        wanted, done = msgspec.msgpack.decode(orders, type=list[MatchOrder]), 0
        for order in wanted:
            done += len((await host.exchange(msgspec.msgpack.encode([order]), 0)).finished)
            await asyncio.sleep(THINK_S / len(wanted))
        while done < len(wanted):
            done += len((await host.exchange(msgspec.msgpack.encode([]), 5)).finished)

    asyncio.run(main())


def matches(found: list[Entered], seconds: float, *, alone: bool) -> list[MatchOrder]:
    """Every bot in a match: against another one, or, `alone`, against a player of the arena's that takes no time.

    A match has more rounds than its clocks allow: so all of them last as long as it is measured.
    """
    seats = [SeatOrder(version_id, "bot", {}, name) for name, version_id in found]
    other = SeatOrder(str(new_id()), "random", {}, "random")
    pairs = [[s, other] for s in seats] if alone else [[*pair] for pair in zip(seats[::2], seats[1::2], strict=True)]
    clock_ms = round(1000 * seconds / (1 if alone else 2))
    return [
        MatchOrder(
            match_id=str(new_id()), fence=1, game=GAME, variant="standard", rounds=30, opening_plies=0, view="prose",
            seed=secrets.randbits(63), seats=pair, ply_clock_ms=60_000, match_clock_ms=clock_ms, illegal_budget=3,
        )
        for pair in pairs
    ]  # fmt: skip


def overheads(redis_url: str, wanted: list[MatchOrder]) -> list[float]:
    """Milliseconds beyond the thinking of every answered turn of a bot."""
    client = connect(redis_url)
    kinds = {order.match_id: [seat.kind for seat in order.seats] for order in wanted}
    entries: list[tuple[bytes, dict[bytes, bytes]]] = client.xrange(RESULTS)  # type: ignore[assignment]
    played = [unpack_report(fields[b"report"]) for _, fields in entries]
    stops = {seat.stop for report in played for seat in report.seats}
    client.close()
    if len(played) != len(wanted) or not stops <= {"timeout", "forfeit_win"}:
        raise SystemExit(f"{len(played)} of {len(wanted)} matches were played, and ended with {stops}")
    return [
        ply.ms - 1000 * THINK_S
        for report in played for ply in report.plies if kinds[report.match_id][ply.seat] == "bot"
    ]  # fmt: skip


def cores(seconds: float) -> float:
    """Processor seconds a second of all of this run's processes, in the middle of it."""

    def spent() -> dict[int, float]:
        found: dict[int, float] = {}
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
        return found

    time.sleep(seconds / 3)
    before, began = spent(), time.monotonic()
    time.sleep(seconds / 3)
    after, took = spent(), time.monotonic() - began
    return sum(now - before[pid] for pid, now in after.items() if pid in before) / took


def measured(n: int, seconds: float, *, alone: bool) -> tuple[list[float], float]:
    """The overheads of a run with `n` bots, and the cores that all of it kept busy."""
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="arena-bots-") as folder,
        api(Path(folder)) as (database_url, redis_url, url),
    ):
        key, found = entered(database_url, n)
        over = spawn.Event()
        bots = [
            spawn.Process(target=play_bots, args=(url, key, [name for name, _ in found[i::PROCESSES]], over))
            for i in range(PROCESSES)
        ]
        for process in bots:
            process.start()
        client = connect(redis_url)
        _wait("every bot", lambda: len(presence.present(client)) == n)
        wanted = matches(found, seconds, alone=alone)
        host = spawn.Process(target=play_matches, args=(redis_url, msgspec.msgpack.encode(wanted)))
        host.start()
        busy = cores(seconds)
        host.join()
        over.set()
        for process in bots:
            process.join()
        client.close()
        return overheads(redis_url, wanted), busy


def figures(n: int, seconds: float) -> list[Figure]:
    """Every figure of this program. What is promised is of bots that play each other; `alone`, twice as many think."""
    (pairs, busy), (alone, busier) = (measured(n, seconds, alone=each) for each in (False, True))
    peer, beside = bare(n, seconds), "bare WebSockets, as many and as slow"
    found: list[Figure] = []
    for name, spent, used in (("players.bots500", pairs, busy), ("players.bots500_alone", alone, busier)):
        median, worst = (_quantile(spent, q) for q in (50, 99))
        promised = name == "players.bots500"
        target, meets = (f"<= {TARGET_MS:g}", worst <= TARGET_MS) if promised else (None, None)
        found += [
            Figure(f"{name}_p50_ms", median, "ms", beside, _quantile(peer, 50)),
            Figure(f"{name}_p99_ms", worst, "ms", beside, _quantile(peer, 99), target, meets),
            Figure(f"{name}_cores", used, "cores"),
        ]
    return found


def _quantile(spent: list[float], q: int) -> float:
    return statistics.quantiles(spent, n=100)[q - 1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--bots", type=int, default=500, help="how many are connected at once")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each measurement")
    options = parser.parse_args()
    report(figures(options.bots, options.seconds), json=options.json)


if __name__ == "__main__":
    main()
