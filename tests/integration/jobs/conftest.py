from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.jobs.desk import Desk
from tests.integration.jobs.inline import Inline


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture
def inline(engine: Engine, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inline:
    return Inline(engine, redis_url, tmp_path / "artifacts", monkeypatch)
