"""What every test of uploads has: a small store, the API in front of it, and two who send."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from arena.store import uploads
from tests.integration.server import serving
from tests.integration.uploads.sender import PART, Caller


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The artifact store, with parts so small that a small file has several."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", folder.as_uri())
    monkeypatch.setenv("ARENA_UPLOADS_MB", "1")
    monkeypatch.setattr("api.routes.uploads.PART_BYTES", PART)  # imported first, with what it really is
    monkeypatch.setattr("api.guard.PART_BYTES", PART)
    monkeypatch.setattr(uploads, "PART_BYTES", PART)
    return folder


@pytest.fixture
def url(engine: Engine, redis_url: str, store: Path) -> Iterator[str]:
    with serving(engine, redis_url) as url:
        yield url


@pytest.fixture
def ada(engine: Engine, url: str) -> Caller:
    return Caller(engine, url, "ada")


@pytest.fixture
def bob(engine: Engine, url: str) -> Caller:
    return Caller(engine, url, "bob")
