"""How a server's last words are understood."""

from pathlib import Path

import pytest

from arena.core.errors import ArenaError, DiskFull, ServerFailed
from arena.embedded.folder import failure


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("FATAL:  could not write lock file: No space left on device", DiskFull),
        ("# Error writing to the AOF file: Disk quota exceeded", DiskFull),
        ("FATAL:  database files are incompatible with server", ServerFailed),
        ("", ServerFailed),
    ],
)
def test_last_words_are_understood(line: str, error: type[ArenaError], tmp_path: Path) -> None:
    found = failure("PostgreSQL", ["LOG:  starting", line, "LOG:  shut down"], tmp_path)
    assert type(found) is error
    assert "\n" not in str(found)
