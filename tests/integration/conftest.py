"""Real servers for the integration tests: embedded, or those of `TEST_DATABASE_URL` and `TEST_REDIS_URL`.

Variables of their own, not an arena's. On servers that are given the tests keep to themselves: a database for each
test that wants one, and one of Redis's numbered databases for the whole session, which they flush.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.flow.submit import seat_references
from arena.store import database, schema
from arena.stream.redis import connect
from tests.integration.accounts import Accounts
from tests.integration.server import serving
from tests.welcome import let_in

CLAIM_S = 3600
"""After so long the number of a session that was killed is free again."""


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str


def given() -> bool:
    """Whether the servers are somebody else's."""
    return bool(os.environ.get("TEST_DATABASE_URL") and os.environ.get("TEST_REDIS_URL"))


@contextmanager
def own_redis(url: str) -> Iterator[str]:
    """The URL of a numbered database that no other session of tests uses: noted in the one that `url` names."""
    desk = redis.Redis.from_url(url)
    home = desk.connection_pool.connection_kwargs.get("db", 0)
    number = next(n for n in range(16) if n != home and desk.set(f"tests:{n}", os.getpid(), nx=True, ex=CLAIM_S))
    try:
        yield urlsplit(url)._replace(path=f"/{number}").geturl()
    finally:
        desk.delete(f"tests:{number}")
        desk.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One PostgreSQL and one Valkey for the whole session."""
    if given():
        with own_redis(os.environ["TEST_REDIS_URL"]) as redis_url:
            yield Servers(os.environ["TEST_DATABASE_URL"], redis_url)
        return
    home: Path = tmp_path_factory.mktemp("servers")
    postgres, valkey = Postgres(home / "postgres"), Valkey(home / "valkey")
    try:
        yield Servers(postgres.start(), valkey.start())
    finally:
        valkey.stop()
        postgres.stop()


@contextmanager
def fresh_database(servers: Servers, template: str = "template1") -> Iterator[str]:
    """The URL of a database that goes with the test: empty, or a copy."""
    name = f"test_{secrets.token_hex(6)}"
    admin = database.connect(servers.database_url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield make_url(servers.database_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def empty_url(servers: Servers) -> Iterator[str]:
    """A fresh, empty database."""
    with fresh_database(servers) as url:
        yield url


@pytest.fixture(scope="session")
def template(servers: Servers) -> Iterator[str]:
    """The name of a migrated database to make copies of: that is ten times quicker than to migrate."""
    with fresh_database(servers) as url:
        engine = database.connect(url)
        schema.upgrade(engine)
        engine.dispose()
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture
def database_url(servers: Servers, template: str) -> Iterator[str]:
    """A fresh, migrated database."""
    with fresh_database(servers, template) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated database."""
    engine = database.connect(database_url)
    yield engine
    engine.dispose()


def flush(servers: Servers) -> None:
    """Empty the Redis of this session."""
    client = connect(servers.redis_url)
    client.flushdb()
    client.close()


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """A flushed Redis."""
    flush(servers)
    return servers.redis_url


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of a flushed Redis."""
    client = connect(redis_url)
    yield client
    client.close()


@pytest.fixture
def welcome(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arena's own players are there, and the kinds of `tests.strangers` are kinds like any."""
    let_in(monkeypatch)
    with engine.begin() as connection:
        seat_references(connection)


@pytest.fixture
def url(engine: Engine, redis_url: str) -> Iterator[str]:
    """The API as a server, on a migrated database and a flushed Redis."""
    with serving(engine, redis_url) as url:
        yield url


@pytest.fixture
def accounts(engine: Engine, url: str) -> Iterator[Accounts]:
    """Clients of that API, each with a key of its own."""
    accounts = Accounts(engine, url)
    yield accounts
    accounts.close()
