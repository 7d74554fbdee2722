import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.leakage import RULES, leaks
from games.words import table


@pytest.mark.parametrize(
    ("text", "word", "rule"),
    [
        ("a Tiger!", "tiger", "plain"),
        ("tigers", "tiger", "plain"),
        ("tigerlike", "tiger", "plain"),
        ("sharp knives", "knife", "plain"),
        ("many ants", "ant", "plain"),
        ("an ant's", "ant", "plain"),
        ("t\u0456ger", "tiger", "confusables"),
        ("ｔｉｇｅｒ", "tiger", "confusables"),
        ("𝓽𝓲𝓰𝓮𝓻", "tiger", "confusables"),
        ("ⓣⓘⓖⓔⓡ", "tiger", "confusables"),
        ("🅃🄸🄶🄴🅁", "tiger", "confusables"),
        ("🅣🅘🅖🅔🅡", "tiger", "confusables"),
        ("🇹🇮🇬🇪🇷", "tiger", "confusables"),
        ("tígér", "tiger", "confusables"),
        ("ti\u200bger", "tiger", "confusables"),
        ("ᴛɪɢᴇʀ", "tiger", "confusables"),
        ("т1gеr", "tiger", "leet"),
        ("t1g3r", "tiger", "leet"),
        ("c4t!", "cat", "leet"),
        ("g|ove", "glove", "leet"),
        ("g1ove", "glove", "leet"),
        ("c 4 t", "cat", "leet"),
        ("t i g e r", "tiger", "spacing"),
        ("t-i.g_e*r", "tiger", "spacing"),
        ("ti ger", "tiger", "spacing"),
        ("car pets", "carpet", "spacing"),
        ("a c a t", "cat", "spacing"),
        ("regit", "tiger", "reversal"),
        ("tac", "cat", "reversal"),
        ("r e g i t", "tiger", "reversal"),
        ("r3g1t", "tiger", "reversal"),
        (base64.b64encode(b"tiger").decode(), "tiger", "base64"),
        (base64.b64encode(b"the tiger").decode().rstrip("="), "tiger", "base64"),
        ("Y2F0", "cat", "base64"),
        ("dGln ZXI=", "tiger", "base64"),
        ("the indian greatest elusive runner", "tiger", "acrostic"),
        ("cold autumn twig", "cat", "acrostic"),
        ("magic sea boat", "cat", "acrostic"),
        ("twig autumn cold", "cat", "acrostic"),
    ],
)  # fmt: skip
def test_disguises_are_found_and_named(text: str, word: str, rule: str) -> None:
    assert leaks(text, word) == rule


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("giant elephant", "ant"),
        ("striped beast of the jungle", "tiger"),
        ("big cats", "tiger"),
        ("category", "cat"),
        ("a huge animal 100 km away", "whale"),
        ("", "cat"),
        ("anything", ""),
        ("!!! 123 ===", "cat"),
    ],
)
def test_honest_clues_pass(text: str, word: str) -> None:
    assert leaks(text, word) is None


@given(st.text(max_size=200), st.text(max_size=12))
def test_it_never_raises_and_names_a_rule(text: str, word: str) -> None:
    assert leaks(text, word) in {None, *RULES}


@given(st.sampled_from(sorted(table("standard"))), st.text("xyz 09", max_size=12))
def test_a_word_is_found_whatever_stands_around_it(word: str, around: str) -> None:
    assert leaks(f"{around} {word} {around}", word) == "plain"
    assert leaks(f"{around} {word[::-1]} {around}", word) is not None
    assert leaks(f"{around} {' '.join(word)} {around}", word) is not None
    assert leaks(f"{around} {base64.b64encode(word.encode()).decode()}", word) is not None


@pytest.mark.parametrize(("text", "word"), [("ᏟᎪᎢ", "cat"), ("ᗪOG", "dog"), ("ᗷᗅT", "bat")])
def test_capitals_of_other_scripts_are_looked_through(text: str, word: str) -> None:
    assert leaks(text, word) == "confusables"
