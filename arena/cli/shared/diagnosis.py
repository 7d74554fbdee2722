"""What `arena doctor` looks at and what it says. A check is one file in `checks`: `check(subject)` gives findings."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

from arena.cli.shared import servers
from arena.cli.supervise.home import Home
from arena.core.errors import ArenaError
from arena.core.settings import Settings

Level = Literal["ok", "skip", "warn", "fail"]
T = TypeVar("T")
NOT_GIVEN = "not given by URL"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and what to do where it is not well."""

    level: Level
    what: str
    todo: str = ""


@dataclass(frozen=True)
class Subject:
    """An arena's surroundings, gathered once so that the checks only judge.

    `postgres` and `redis` are what the server said, why it could not be asked, or None where none is there to ask.
    """

    settings: Settings
    holder: int | None = None
    run: dict[str, Any] = field(default_factory=dict[str, Any])
    postgres: servers.Postgres | ArenaError | None = None
    redis: servers.Redis | ArenaError | None = None

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run.json tells of, whether or not they still live."""
        told = cast(dict[str, int | None], self.run.get("pids") or {})
        return {name: pid for name, pid in told.items() if pid}


def gather(settings: Settings) -> Subject:
    """Look around. Nothing is changed, and nothing but the two servers is spoken to."""
    home = Home(settings.home)
    holder = holder_of(home)
    running = holder is not None
    own = (servers.embedded_postgres(home.path), servers.embedded_valkey(home.path)) if running else (None, None)
    postgres = _asked(servers.ask_postgres, settings.database_url, own[0])
    redis = _asked(servers.ask_redis, settings.redis_url, own[1])
    return Subject(settings, holder, run_of(home), postgres, redis)


def holder_of(home: Home) -> int | None:
    """The supervisor's pid; None also where the lock cannot be read."""
    try:
        return home.holder()
    except (ArenaError, OSError, ValueError):
        return None


def run_of(home: Home) -> dict[str, Any]:
    """`run.json`; empty also where it cannot be read."""
    try:
        return home.run()
    except (OSError, json.JSONDecodeError):
        return {}


def _asked(ask: Callable[[str], T], given: str | None, own: str | None) -> T | ArenaError | None:
    url = given or own
    if url is None:
        return None
    try:
        return ask(url)
    except ArenaError as error:
        return error if given else None
