"""What the servers tell of the arena's parts at one moment. Facts only; `api.checkup.checkup` judges them."""

import time
from dataclasses import dataclass
from typing import Any, cast

import redis
from sqlalchemy import Engine

from arena.store import revision, vitals
from arena.store.vitals import Vitals
from arena.stream import endpoints
from arena.stream.redis import RESULTS
from arena.stream.results import backlog, seen_s


@dataclass(frozen=True, slots=True)
class Stored:
    """From PostgreSQL."""

    trip_ms: float
    vitals: Vitals


@dataclass(frozen=True, slots=True)
class Streamed:
    """From Redis."""

    trip_ms: float
    backlog: int
    oldest_s: float
    """Age of the report that has waited longest; 0 when none waits."""
    desk_s: float | None
    """Since the desk last asked for reports, which it does every second; None when it never has."""
    endpoints: dict[str, int]
    """What match hosts counted of their requests to players' endpoints, as `arena.stream.endpoints` names it."""


def stored(engine: Engine) -> Stored:
    """Ask PostgreSQL.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it does not answer.
        DatabaseNewer, DatabaseOlder: its schema is another version's.
    """
    with engine.connect() as connection:
        began = time.perf_counter()
        connection.exec_driver_sql("SELECT 1")
        trip_ms = (time.perf_counter() - began) * 1000
        revision.check(engine)
        return Stored(trip_ms, vitals.read(connection))


def streamed(client: redis.Redis) -> Streamed:
    """Ask Redis.

    Raises:
        redis.RedisError: it does not answer.
    """
    began = time.perf_counter()
    seconds, microseconds = client.time()
    trip_ms = (time.perf_counter() - began) * 1000
    now_ms = seconds * 1000 + microseconds / 1000
    first = cast(list[Any], client.xrange(RESULTS, count=1))
    oldest_s = max(0.0, now_ms - int(first[0][0].partition(b"-")[0])) / 1000 if first else 0.0
    return Streamed(trip_ms, backlog(client), oldest_s, seen_s(client), endpoints.read(client))
