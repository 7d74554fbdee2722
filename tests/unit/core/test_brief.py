"""Text of strangers: cut so that it is told how much is gone, and shown so that all of it is to be seen."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.brief import kept, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31m\x00\x85", r"\x1b[31m\x00\x85"),
        ("\u202eabc\u200b\ufeff\r", r"\u202eabc\u200b\ufeff\r"),
        ("a\u00a0b\u2028c", "a b c"),
        ("\ud800", r"\ud800"),
        ("Zug: ♞f3, שלום, 马", "Zug: ♞f3, שלום, 马"),
        ("\u3164\u115f\u1160\u2800\u034f\ufe0f\U000e0100", r"\u3164\u115f\u1160\u2800\u034f\ufe0f\U000e0100"),
        ("a\u200db\u200cc \u200d", r"a\u200db\u200cc \u200d"),
    ],
)
def test_what_steers_a_screen_or_shows_nothing_is_seen_and_words_stay(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize("text", ["❤\ufe0f", "👩🏽\u200d🚀 won", "👁\ufe0f\u200d🗨\ufe0f", "می\u200cخواهم", "क्\u200dष"])
def test_emoji_and_writing_that_joins_stay_whole(text: str) -> None:
    assert visible(text) == text


@given(st.text(max_size=300), st.integers(60, 200))
def test_what_is_kept_is_bounded_and_says_how_much_is_gone(text: str, most: int) -> None:
    told = kept(text, most)
    assert len(told) <= most
    if len(text) <= most:
        assert told == text
        return
    mark = re.search(r"\n\[… ([0-9,]+) characters not kept …\]\n", told)
    assert mark
    head, tail = told[: mark.start()], told[mark.end() :]
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) + int(mark[1].replace(",", "")) == len(text)
