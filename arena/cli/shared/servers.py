"""What PostgreSQL and Redis say about themselves, asked once. The judging is left to `checks`."""

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from arena.core.errors import Unreachable
from arena.embedded.folder import Folder
from arena.store import database
from arena.stream import redis as streams

ASK_S = 3.0
OWNER = """
    SELECT pg_get_userbyid(relowner) FROM pg_class
    WHERE oid = to_regclass('transcript') AND NOT pg_has_role(relowner, 'USAGE')
"""


@dataclass(frozen=True)
class Postgres:
    """`offset_s`: its clock minus this machine's. `owner`: who owns the tables, where this user may not alter them."""

    version: str
    number: int
    offset_s: float
    owner: str | None = None


@dataclass(frozen=True)
class Redis:
    """`aof` and `save` are its two kinds of persistence; `save` is None where it may not be asked for."""

    version: str
    aof: bool
    save: str | None
    offset_s: float


def ask_postgres(url: str) -> Postgres:
    """Raises `Unreachable` when it does not answer."""
    todo = "Check ARENA_DATABASE_URL, or unset it for the embedded server."
    try:
        engine = database.connect(url, pool=1)
        database.check(engine)
        with engine.connect() as connection:
            before = time.time()
            query = "SELECT extract(epoch FROM clock_timestamp()), current_setting('server_version'),"
            row = connection.execute(text(f"{query} current_setting('server_version_num')")).one()
            offset_s = float(row[0]) - (before + time.time()) / 2
            owner = connection.scalar(text(OWNER))
        engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        # The class alone: a driver's message may quote the URL.
        raise Unreachable(f"PostgreSQL cannot be asked ({type(error).__name__}).", todo=todo) from None
    return Postgres(str(row[1]).split()[0], int(row[2]), offset_s, owner)


def ask_redis(url: str) -> Redis:
    """Raises `Unreachable` when it does not answer."""
    todo = "Check ARENA_REDIS_URL, or unset it for the embedded server."
    try:
        client = redis.Redis.from_url(url, socket_timeout=ASK_S, socket_connect_timeout=ASK_S)
        with client:
            streams.check(client, url)
            before = time.time()
            seconds, micros = client.time()
            offset_s = seconds + micros / 1e6 - (before + time.time()) / 2
            told = client.info()
            version = str(told.get("valkey_version") or told.get("redis_version"))
            return Redis(version, bool(told.get("aof_enabled")), _save(client), offset_s)
    except (redis.RedisError, ValueError) as error:
        raise Unreachable(f"Redis cannot be asked ({type(error).__name__}).", todo=todo) from None


def _save(client: redis.Redis) -> str | None:
    try:
        return str(client.config_get("save").get("save", ""))
    except redis.ResponseError:  # a hosted one that forbids CONFIG
        return None


def embedded_postgres(home: Path) -> str | None:
    """URL of the embedded server, if it was ever started."""
    told = _told(home / "postgres")
    return f"postgresql://arena:{told[0]}@127.0.0.1:{told[1]}/arena" if told else None


def embedded_valkey(home: Path) -> str | None:
    """URL of the embedded server, if it was ever started."""
    told = _told(home / "valkey")
    return f"redis://:{told[0]}@127.0.0.1:{told[1]}/0" if told else None


def _told(path: Path) -> tuple[str, int] | None:
    """Password and port, read only: asking must not make a password."""
    folder = Folder(path)
    try:
        password, port = (path / "password").read_text().strip(), folder.port()
    except OSError:
        return None
    return (quote(password, safe=""), port) if password and port else None
