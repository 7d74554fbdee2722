"""The arena's database for a command: named by URL, or the embedded one, running or started for it."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Engine

from arena.core.errors import HomeInUse
from arena.core.settings import Settings
from arena.embedded.postgres import Postgres
from arena.store import database


@contextmanager
def database_of(settings: Settings) -> Generator[Engine]:
    """An engine on the arena's database; a server started for it is stopped again."""
    server = Postgres(settings.home / "postgres")
    started = False
    if settings.database_url:
        url = settings.database_url
    else:
        try:
            url, started = server.start(), True
        except HomeInUse:
            url = server.url_of_running()
    engine = database.connect(url)
    try:
        database.check(engine)
        yield engine
    finally:
        engine.dispose()
        if started:
            server.stop()
