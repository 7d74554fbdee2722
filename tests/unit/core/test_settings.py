from pathlib import Path

import pytest

from arena.core.errors import BadConfiguration
from arena.core.settings import Settings


def test_few_and_each_told_of() -> None:
    assert len(Settings.model_fields) <= 30
    page = Path("docs/settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`ARENA_{name.upper()}`" in page, name
        assert field.description in page, name


@pytest.mark.parametrize(
    ("name", "value"), [("API_PORT", "70000"), ("PACE", "fast"), ("HOSTS", "0"), ("LEASE_S", "-1")]
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ARENA_{name}", value)
    with pytest.raises(BadConfiguration, match=f"ARENA_{name}='?{value}'?"):
        Settings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "banana"), ("DATABASE_URL", "mysql://x"), ("DATABASE_URL", "postgresql://host:port/x"),
        ("REDIS_URL", "http://x"), ("REDIS_URL", "redis://"), ("URL", "banana"), ("URL", "127.0.0.1:8000"),
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ARENA_{name}", value)
    with pytest.raises(BadConfiguration, match=f"ARENA_{name}='{value}' cannot be used"):
        Settings.read()


def test_good_addresses_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgresql://u:p@h:5/d", "postgres:///d?host=/run", "postgresql+psycopg://h/d?options=-c%20x"):
        monkeypatch.setenv("ARENA_DATABASE_URL", url)
        assert Settings.read().database_url == url
    for url in ("redis://:p@h:6379/3", "rediss://h", "unix:///run/redis.sock"):
        monkeypatch.setenv("ARENA_REDIS_URL", url)
        assert Settings.read().redis_url == url


def test_a_password_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_DATABASE_URL", "mysql://me:hunter2@h/d")
    with pytest.raises(BadConfiguration) as caught:
        Settings.read()
    assert "hunter2" not in str(caught.value)
    assert "mysql://" in str(caught.value)


def test_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARENA_HOME", str(tmp_path / ".." / tmp_path.name))
    monkeypatch.setenv("ARENA_PACE", "7.5")
    settings = Settings.read()
    assert settings.home == tmp_path
    assert settings.pace == 7.5


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_KEEP_DAYS", "")
    monkeypatch.setenv("ARENA_DATABASE_URL", "")
    settings = Settings.read()
    assert (settings.keep_days, settings.database_url) == (None, None)
