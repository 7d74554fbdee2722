"""Whether the process is up, and whether it can do its work."""

from collections.abc import Generator
from contextlib import contextmanager

from fastapi import APIRouter
from pydantic import BaseModel

from api.context import Reach
from api.problems import responses
from arena.core.errors import Unreachable
from arena.store import database, schema
from arena.stream import redis

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of the service."""

    status: str


@router.get("/healthz", summary="Is the process up?")
async def healthz() -> Health:
    """Answers while the process runs, whatever else is away, and whatever its worker threads wait for."""
    return Health(status="up")


@router.get("/readyz", summary="Can it do its work?", responses=responses())
def readyz(reach: Reach) -> Health:
    """Ready when the database answers with this version's schema, and Redis answers; else a problem naming which."""
    with _named("PostgreSQL"):
        database.check(reach.engine)
    schema.check(reach.engine)
    with _named("Redis"):
        redis.check(reach.redis, reach.redis_url)
    return Health(status="ready")


@contextmanager
def _named(server: str) -> Generator[None]:
    """Say which server is away, but not where it is: anyone may ask."""
    try:
        yield
    except Unreachable:
        raise Unreachable(f"{server} does not answer.", todo="See the log of the arena.") from None
