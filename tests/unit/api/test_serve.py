"""What the API refuses to start with."""

import pytest

from api.serve import serve
from arena.core.errors import BadConfiguration
from arena.core.settings import Settings


def test_it_needs_both_servers() -> None:
    with pytest.raises(BadConfiguration):
        serve(Settings(database_url=None, redis_url="redis://127.0.0.1"))
