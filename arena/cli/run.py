"""Run one process of the arena in the foreground: api, desk, pool or jobs."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import redis
import typer
from sqlalchemy import Engine

from arena.cli.shared.logs import LogJson, start_logging
from arena.core.errors import BadConfiguration, ServerFailed
from arena.core.settings import Settings

app = typer.Typer(add_completion=False)


class Process(StrEnum):
    """The processes that can be run alone."""

    API = "api"
    DESK = "desk"
    POOL = "pool"
    JOBS = "jobs"


@app.command()
def run(process: Annotated[Process, typer.Argument(help="Which one.")], *, log_json: LogJson = False) -> None:
    """Run one process in the foreground. Needs ARENA_DATABASE_URL and ARENA_REDIS_URL; `arena up` runs them all."""
    settings = Settings.read()
    start_logging(process.value, settings)
    {Process.API: _api, Process.DESK: _desk, Process.POOL: _pool, Process.JOBS: _jobs}[process](settings)


def _api(settings: Settings) -> None:
    from api.serve import serve

    serve(settings)


def _desk(settings: Settings) -> None:
    from arena.flow.desk import Desk

    engine, client, _ = _connect(settings)
    desk = Desk(settings, engine, client)
    _stop_by(desk.stop)
    desk.run()


def _jobs(settings: Settings) -> None:
    from workers.jobs.runner import Runner

    engine, _, _ = _connect(settings)
    runner = Runner(settings, engine)
    _stop_by(runner.stop)
    runner.run()


def _stop_by(stop: Callable[[], None]) -> None:
    """Call `stop` at SIGINT or SIGTERM."""

    def heard(number: int, frame: object) -> None:
        # A thread: the handler runs on the main one, which may hold the very lock that `stop` wants.
        threading.Thread(target=stop).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, heard)


def _pool(settings: Settings) -> None:
    from workers.match import cluster
    from workers.match.pool import Pool

    engine, client, redis_url = _connect(settings)
    if settings.ray_address is None:
        raise BadConfiguration("ARENA_RAY_ADDRESS is not set.", todo="Name a Ray cluster, or use `arena up`.")
    cluster.join(settings.ray_address)

    async def drive() -> None:
        pool = Pool(settings, engine, client, redis_url)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, pool.stop)
        await pool.run()

    try:
        asyncio.run(drive())
    except ServerFailed as error:
        # Without its cluster Ray's own farewell may wait for ever; the leases will run out.
        logging.getLogger("arena.pool").error("%s", error)
        os._exit(1)


def _connect(settings: Settings) -> tuple[Engine, redis.Redis, str]:
    from arena.store import database, revision
    from arena.stream import redis as streams

    if settings.database_url is None or settings.redis_url is None:
        what = "ARENA_DATABASE_URL and ARENA_REDIS_URL must both be set to run one process alone."
        raise BadConfiguration(what, todo="Set them, or use `arena up`, which brings its own servers.")
    engine = database.connect(settings.database_url)
    database.check(engine)
    revision.check(engine)
    client = streams.connect(settings.redis_url)
    streams.check(client, settings.redis_url)
    return engine, client, settings.redis_url
