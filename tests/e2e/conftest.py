"""A whole served arena and a real browser: embedded servers, the API as its own process, headless Chromium."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine

from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.store import database, schema
from arena.store.tables import Base
from arena.stream.redis import connect
from tests.integration.server import until

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Site:
    """One arena without a desk: tests settle matches themselves."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.postgres = Postgres(home / "postgres")
        self._servers = self.postgres, Valkey(home / "valkey")
        self._database_url, self._redis_url = (server.start() for server in self._servers)
        self._process: subprocess.Popen[bytes] | None = None
        self.engine: Engine = database.connect(self._database_url)
        schema.upgrade(self.engine)
        self.redis: redis.Redis = connect(self._redis_url)
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve; returns when it is ready."""
        environment = {
            **os.environ, "ARENA_DATABASE_URL": self._database_url, "ARENA_REDIS_URL": self._redis_url,
            "ARENA_API_PORT": str(self._port), "ARENA_HOME": str(self._home),
            "ARENA_SECRETS_KEY": "k" * 40,
        }  # fmt: skip
        with (self._home / "api.log").open("ab") as log:
            command = [sys.executable, "-m", "arena.cli.main", "run", "api"]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        until("the API", self._ready)

    def stop(self) -> None:
        """Stop serving; the servers stay."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None

    def empty(self) -> None:
        """Forget everything that happened."""
        self.stop()
        with self.engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
        self.redis.flushdb()
        self.start()

    def close(self) -> None:
        self.stop()
        self.engine.dispose()
        self.redis.close()
        for server in self._servers:
            server.stop()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="package")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        yield site
    finally:
        site.close()


@pytest.fixture
def site(_site: Site) -> Site:
    """A served arena in which nothing has happened yet."""
    _site.empty()
    return _site


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium here: run tests/e2e/browser.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that may say nothing on its console and ask nothing of anyone but the arena."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 860}, base_url=site.url)
    page = context.new_page()
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(site.url) else wrong.append(r.url))
    yield page
    context.close()
    away = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET")
    assert [w for w in wrong if not any(a in w for a in away)] == []
