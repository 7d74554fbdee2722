import pytest
from sqlalchemy import Engine

from tests.integration.jobs.desk import Desk


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)
