"""Every error has one status, and the guide lists every code."""

import re
from pathlib import Path

import pytest

from api.problems import HTTP_CODES, STATUS
from arena.core.errors import ArenaError

CODES = {kind.code for kind in (ArenaError, *ArenaError.__subclasses__())}
GUIDE = Path("docs/api.md").read_text()


def test_every_code_has_a_status_and_no_other_is_listed() -> None:
    assert STATUS.keys() - set(HTTP_CODES.values()) == CODES


def test_no_two_errors_share_a_code() -> None:
    assert len(CODES) == 1 + len(ArenaError.__subclasses__())
    assert not [k for kind in ArenaError.__subclasses__() for k in kind.__subclasses__()]


def test_http_codes_agree_with_their_statuses() -> None:
    assert all(STATUS[code] == status for status, code in HTTP_CODES.items())


@pytest.mark.parametrize("code", sorted(STATUS))
def test_the_guide_tells_the_code_with_its_status(code: str) -> None:
    assert re.search(rf"^\| `{re.escape(code)}` \| {STATUS[code]} \| \S", GUIDE, re.MULTILINE)


def test_the_guide_tells_no_other_code() -> None:
    assert set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", GUIDE, re.MULTILINE)) == STATUS.keys()
