"""What `arena doctor` and `arena status` learn from real servers."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, text

from arena.cli.doctor import CHECKS
from arena.cli.shared import servers as asking
from arena.cli.shared.diagnosis import gather
from arena.cli.shared.versions import versions
from arena.core.settings import Settings
from tests.integration.conftest import Servers
from tests.integration.roles import another_role


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, database_url=servers.database_url, redis_url=servers.redis_url)


@pytest.fixture
def forgetful(client: redis.Redis) -> Iterator[None]:
    """The server keeps nothing on disk, until the test has ended."""
    before = {name: client.config_get(name)[name] for name in ("appendonly", "save")}
    for name, value in {"appendonly": "no", "save": ""}.items():
        client.config_set(name, value)
    yield
    for name, value in before.items():
        client.config_set(name, value)


def levels(settings: Settings, *names: str) -> list[str]:
    subject = gather(settings)
    return [f.level for name in names for f in CHECKS.load(name).check(subject)]


def test_good_servers(settings: Settings) -> None:
    assert set(levels(settings, "postgres", "redis", "persistence", "clock")) == {"ok"}


def test_tables_of_another_role(settings: Settings, engine: Engine, database_url: str) -> None:
    assert levels(settings.model_copy(update={"database_url": database_url}), "postgres") == ["ok"]
    with another_role(engine, database_url) as url:
        (finding,) = CHECKS.load("postgres").check(gather(settings.model_copy(update={"database_url": url})))
        with engine.connect() as connection:
            owner = connection.scalar(text("SELECT tableowner FROM pg_tables WHERE tablename = 'transcript'"))
    assert (finding.level, "OWNER TO" in finding.todo) == ("warn", True)
    assert f"belong to {owner}" in finding.what


def test_redis_without_persistence(settings: Settings, forgetful: None) -> None:
    assert levels(settings, "persistence") == ["warn"]


def test_a_skewed_clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(asking.time, "time", lambda: now() + 60)
    assert levels(settings, "clock") == ["fail", "fail"]


def test_versions_are_the_servers_own(settings: Settings) -> None:
    parts = [{"name": "postgres", "state": "external"}, {"name": "valkey", "state": "external"}]
    known = versions(settings, parts)
    assert all(version and version[0].isdigit() for version in known.values())
    stopped = [{**part, "state": "stopped"} for part in parts]
    assert set(versions(settings, stopped).values()) == {None}
