"""The application: every file of `api/routes` is a resource, and `api/dashboard` the pages."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.staticfiles import StaticFiles

from api import description, problems, tags
from api.bots.gateway import Gateway
from api.checkup.checkup import Examiner
from api.context import CHECKERS, LOOKERS, Context
from api.dashboard import job_pages, match_pages, pages, player_pages
from api.dashboard.kept import Kept
from api.ending import end
from api.envelope import Envelope
from api.forms import Forms
from api.guard import Guard
from api.heads import Heads
from api.hub import Hub
from api.idempotency import Idempotency
from api.patience import Patience
from api.probe import Probe
from api.rates import Rates
from api.requests import Requests
from api.tags import Tags
from api.wanted import only_known
from arena.core.errors import ArenaError
from arena.core.registry import Registry
from arena.core.settings import Settings
from arena.stream.redis import connect

ROUTES = Registry("route", ("api.routes",), ArenaError)
STATIC = Path(__file__).parent / "dashboard" / "static"
VERSION = "0.1.0"
ABOUT = "Rated games between language-model players and bots. Reading is public; writing needs an API key."


def create_app(settings: Settings, engine: Engine, redis_url: str) -> FastAPI:
    """The application on a migrated database and a Redis. It does not close the engine."""
    client = connect(redis_url)
    probe = Probe(engine, client, redis_url)
    hub = Hub(engine, redis_url)
    gateway = Gateway(settings, engine, client, redis_url)
    examiner = Examiner(engine, client, hub, gateway, settings.host_matches)
    places = asyncio.Semaphore(LOOKERS), asyncio.Semaphore(CHECKERS)
    reach = Context(settings, engine, client, hub, Kept(), probe, examiner, gateway, *places)
    # FastAPI's pages of documentation load scripts from elsewhere; /openapi.json needs none.
    app = FastAPI(
        title="Self-Play Arena", version=VERSION, description=ABOUT, lifespan=_lifespan, docs_url=None, redoc_url=None,
        dependencies=[Depends(only_known)],
    )  # fmt: skip
    app.state.context = reach
    app.add_middleware(Tags)
    app.add_middleware(Idempotency, engine=engine)
    app.add_middleware(Forms)
    app.add_middleware(Patience)
    app.add_middleware(Rates, settings=settings, redis_url=redis_url)
    app.add_middleware(Guard)
    app.add_middleware(Heads)
    app.add_middleware(Requests)
    app.add_middleware(Envelope)
    problems.install(app)
    tags.install(app)
    description.install(app)
    for name in ROUTES.names():
        app.include_router(ROUTES.load(name).router)
    app.include_router(pages.router)
    app.include_router(job_pages.router)
    app.include_router(player_pages.router)
    app.include_router(match_pages.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    reach: Context = app.state.context
    reading = [asyncio.create_task(duty) for duty in (reach.hub.run(), *reach.gateway.duties())]
    try:
        yield
    finally:
        await end(reading)
        await reach.hub.close()
        await reach.gateway.close()
        reach.redis.close()
