"""What every test of the gateway has: a served arena that bots may enter."""

from collections.abc import Iterator

import pytest
from redis import Redis
from sqlalchemy import Engine

from tests.integration.bots import Arena
from tests.integration.server import serving


@pytest.fixture
def arena(engine: Engine, client: Redis, redis_url: str) -> Iterator[Arena]:
    with serving(engine, redis_url) as url:
        yield Arena(engine, client, redis_url, url)
