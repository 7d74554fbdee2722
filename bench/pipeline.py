"""Matches a second through the whole arena, and how long after its last ply a match is on the feed.

`python -m bench.pipeline [--json] [--seconds S]`. Beside it in the same run: raw OpenSpiel playouts, and bare inserts
of the same rows into the same PostgreSQL.
"""

import argparse
import random
import statistics
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime

import pyspiel
from sqlalchemy import Engine, text

from arena.stream.feed import number
from arena.stream.redis import FEED, connect
from bench.arena_under_load import Load, arena_under_load
from bench.figures import Figure, report

PROMISED = 500
"""Matches a second that the arena promises on two cores; the latency figures are taken at half of it, and, for
comparison, at half of what this run reached."""
WARM_S = 4.0
DEPTH = 2000
"""Matches kept waiting while throughput is measured."""
TICK_S = 0.05
TABLES = ("match", "match_queue", "result", "transcript", "elo_event", "outbox")
BATCH = 256


def throughput(load: Load, seconds: float) -> tuple[float, dict[str, float]]:
    """(matches a second on the feed, CPU seconds a match by part) with the queue never empty."""
    client = connect(load.redis_url)

    def top_up() -> None:
        missing = DEPTH - load.queued()
        if missing > 0:
            load.make(missing)

    def told() -> int:
        last = client.xrevrange(FEED, count=1)
        return number(last[0][0]) if last else 0

    with load.fed(top_up, 0.1):
        time.sleep(WARM_S)
        first, cpu, began = told(), load.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        count, elapsed = told() - first, time.monotonic() - began
        after = load.cpu_seconds()
    spent: dict[str, float] = defaultdict(float)
    for (part, pid), seconds_now in after.items():
        spent[part] += max(0.0, seconds_now - cpu.get((part, pid), 0.0)) / count
    client.close()
    return count / elapsed, spent


def drain(load: Load) -> None:
    """Wait until nothing is queued or under way."""
    while True:
        with load.engine.connect() as connection:
            if connection.execute(text("SELECT count(*) FROM match_queue")).scalar_one() == 0:
                return
        time.sleep(0.1)


def latencies(load: Load, rate: float, seconds: float) -> list[float]:
    """Milliseconds from last ply to feed of every match, with `rate` matches a second coming in evenly."""
    seen: list[float] = []
    over = threading.Event()
    client = connect(load.redis_url)

    def listen() -> None:
        import json

        at = client.xrevrange(FEED, count=1)[0][0]
        while not over.is_set():
            reply = client.xread({FEED: at}, count=1000, block=100)
            now = datetime.now(UTC)
            for entries in _batches(reply):
                for at, fields in entries:  # noqa: B007 - the last id is where reading goes on
                    data = json.loads(fields[b"data"])
                    seen.append((now - datetime.fromisoformat(data["finished_at"])).total_seconds() * 1000)

    listener = threading.Thread(target=listen)
    listener.start()
    with load.fed(lambda: load.make(max(1, round(rate * TICK_S))), TICK_S):
        time.sleep(WARM_S)
        skip = len(seen)
        time.sleep(seconds)
        found = seen[skip:]
    drain(load)
    over.set()
    listener.join()
    client.close()
    return found


def _batches(reply: object) -> list[list[tuple[bytes, dict[bytes, bytes]]]]:
    from arena.stream.results import entries

    return [entries(reply)] if reply else []


def playouts(seconds: float) -> float:
    """Random tic-tac-toe games a second of raw OpenSpiel on one core."""
    game, pick = pyspiel.load_game("tic_tac_toe"), random.Random(1).choice
    count, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        state = game.new_initial_state()
        while not state.is_terminal():
            state.apply_action(pick(state.legal_actions()))
        count += 1
    return count / elapsed


def bare_inserts(engine: Engine) -> float:
    """Matches a second when the same rows are copied into tables of the same shape, a commit every 256 matches."""
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA peer"))
        for table in TABLES:
            connection.execute(text(f"CREATE TABLE peer.{table} (LIKE public.{table} INCLUDING ALL)"))
        ids = list(connection.scalars(text("SELECT match_id FROM result ORDER BY settled_at LIMIT 10000")))
    began = time.perf_counter()
    for start in range(0, len(ids), BATCH):
        with engine.begin() as connection:
            for table in TABLES:
                connection.execute(text(_insert(table)), {"ids": ids[start : start + BATCH]})
    rate = len(ids) / (time.perf_counter() - began)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA peer CASCADE"))
    return rate


def _insert(table: str) -> str:
    if table == "match_queue":
        return "INSERT INTO peer.match_queue (match_id) SELECT unnest(CAST(:ids AS uuid[]))"
    if table == "outbox":
        wanted = "(SELECT CAST(i AS text) FROM unnest(CAST(:ids AS uuid[])) i)"
        return f"INSERT INTO peer.outbox SELECT * FROM outbox WHERE data->>'match_id' IN {wanted}"
    column = "id" if table == "match" else "match_id"
    return f"INSERT INTO peer.{table} SELECT * FROM public.{table} WHERE {column} = ANY(:ids)"


def figures(load: Load, seconds: float) -> tuple[list[Figure], dict[str, float]]:
    """Every figure of this program, and the CPU seconds a match by part."""
    rate, spent = throughput(load, seconds)
    drain(load)
    cuts = statistics.quantiles(latencies(load, PROMISED / 2, seconds), n=100)
    busy = statistics.quantiles(latencies(load, rate / 2, seconds), n=100)
    raw, bare = playouts(2.0), bare_inserts(load.engine)
    return [
        Figure(
            "pipeline.matches_per_s",
            rate,
            "1/s",
            "bare inserts of the same rows",
            bare,
            f">= {PROMISED}",
            rate >= PROMISED,
        ),
        Figure("pipeline.matches_per_s_vs_playouts", rate, "1/s", "raw OpenSpiel playouts", raw),
        Figure("pipeline.feed_p50_ms", cuts[49], "ms", target="<= 150", meets=cuts[49] <= 150),
        Figure("pipeline.feed_p99_ms", cuts[98], "ms", target="<= 500", meets=cuts[98] <= 500),
        Figure("pipeline.feed_p50_at_half_peak_ms", busy[49], "ms"),
        Figure("pipeline.feed_p99_at_half_peak_ms", busy[98], "ms"),
    ], spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement")
    options = parser.parse_args()
    with arena_under_load() as load:
        measured, spent = figures(load, options.seconds)
    parts = [
        Figure(f"pipeline.cpu_us.{part.replace(' ', '_').lower()}", s * 1e6, "us/match") for part, s in spent.items()
    ]
    report([*measured, *parts], json=options.json)


if __name__ == "__main__":
    main()
