"""What a request may reach: the settings, the database, Redis and the feed. Made once by `api.app`."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import redis
from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from api.bots.gateway import Gateway
from api.checkup.checkup import Examiner
from api.dashboard.kept import Kept
from api.hub import Hub
from api.probe import Probe
from arena.core.settings import Settings

TRANSACTIONS = 12
"""Requests in a transaction at once. Fewer than the pool's connections and the server's threads: others wait unheld."""
LOOKERS = 4
CHECKERS = 2
HELD = "arena.transaction"
"""Where in the scope of a request a transaction is held for it."""


@dataclass(frozen=True, slots=True)
class Context:
    """The parts shared by every request of this process."""

    settings: Settings
    engine: Engine
    redis: redis.Redis
    hub: Hub
    kept: Kept
    probe: Probe
    examiner: Examiner
    gateway: Gateway
    lookers: asyncio.Semaphore
    """Streams that may look into the database at once: however many there are, they leave connections to others."""
    checkers: asyncio.Semaphore
    """Uploads that may be checked at once: each has a thread to itself while gigabytes are hashed."""


def context(request: Request) -> Context:
    """The context of this application."""
    return request.app.state.context


Reach = Annotated[Context, Depends(context)]


def transaction(request: Request, reach: Reach) -> Iterator[Connection]:
    """One transaction a request, committed before the answer leaves: who is told of a thing finds it.

    One that is held for the request is committed by who holds it.
    """
    if HELD in request.scope:
        yield request.scope[HELD]
        return
    with reach.engine.begin() as connection:
        yield connection


Transaction = Annotated[Connection, Depends(transaction, scope="function", max_concurrency=TRANSACTIONS)]
