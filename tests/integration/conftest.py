"""Real servers for the integration tests: embedded, or those of `TEST_DATABASE_URL` and `TEST_REDIS_URL`.

Variables of their own: the tests flush the Redis they are given, so they never take an arena's.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.store import database, schema
from arena.stream.redis import connect


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One PostgreSQL and one Valkey for the whole session."""
    given = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if given[0] and given[1]:
        yield Servers(given[0], given[1])
        return
    home: Path = tmp_path_factory.mktemp("servers")
    postgres, valkey = Postgres(home / "postgres"), Valkey(home / "valkey")
    try:
        yield Servers(postgres.start(), valkey.start())
    finally:
        valkey.stop()
        postgres.stop()


@pytest.fixture
def database_url(servers: Servers) -> Iterator[str]:
    """A fresh, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    admin = database.connect(servers.database_url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(servers.database_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated database."""
    engine = database.connect(database_url)
    schema.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """A flushed Redis."""
    client = connect(servers.redis_url)
    client.flushdb()
    client.close()
    return servers.redis_url


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of a flushed Redis."""
    client = connect(redis_url)
    yield client
    client.close()
