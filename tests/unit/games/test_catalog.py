"""A file that is no game is named, with what is wrong with it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.core import registry
from arena.core.errors import BrokenGame
from games import board, catalog


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file in a folder that counts as one of board games."""
    board.__path__.append(str(tmp_path))
    registry._scan.cache_clear()
    yield tmp_path / "nim.py"
    board.__path__.remove(str(tmp_path))
    registry._scan.cache_clear()
    sys.modules.pop("games.board.nim", None)


@pytest.mark.parametrize("source", ["# no rules\n", "def broken(:\n", "import there_is_no_such_module\n"])
def test_a_file_that_defines_no_game(file: Path, source: str) -> None:
    file.write_text(source)
    with pytest.raises(BrokenGame, match="nim"):
        catalog.load("nim")
