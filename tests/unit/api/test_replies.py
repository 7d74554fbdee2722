"""What seats said, as a page shows it: bounded, all of it to be seen, with the reason of a refusal."""

import pytest

from api.dashboard.replies import MOST, heard, last_words
from api.transcripts import Behind, Ply, Reply, Transcript

LEGAL = ["a1", "Nf3", "O-O"]


def behind(raw: str, read: int = 0, written: int = 0) -> Behind:
    return Behind(raw=raw, prompt_tokens=read, completion_tokens=written, receipt="")


def ply(*rejected: Reply, said: Behind | None = None, legal: list[str] = LEGAL) -> Ply:
    return Ply(number=1, seat=0, legal=legal, action="a1", ms=1, rejected=list(rejected), said=said, state="")


def refused(reply: str, said: Behind | None = None) -> Reply:
    return Reply(reply=reply, ms=12, said=said)


@pytest.mark.parametrize(
    ("reply", "legal", "why"),
    [
        ("", LEGAL, "No action could be read in it."),
        ("b9", LEGAL, "Not one of the 3 legal actions: a1, Nf3, O-O."),
        ("b9", [f"a{i}" for i in range(20)], "Not one of the 20 legal actions."),
        ("nF3 ", LEGAL, "The legal action is written Nf3."),
        ("b9", ["a1"], "Legal was only a1."),
    ],
)
def test_why_an_answer_was_refused(reply: str, legal: list[str], why: str) -> None:
    assert heard(ply(refused(reply), legal=legal), texts=False)[0].wrong == why


def test_where_texts_are_free_the_list_is_no_reason() -> None:
    assert heard(ply(refused("I pass.")), texts=True)[0].wrong == "The rules did not take it."


def test_what_was_read_is_told_where_it_is_not_all_that_was_written() -> None:
    plain, wrote = heard(ply(refused("b9"), refused("b9", behind("I take b9.", 1200, 4))), texts=False)
    assert (plain.text, plain.read, plain.spent) == ("b9", "", "12 ms")
    assert (wrote.text, wrote.read, wrote.spent) == ("I take b9.", "b9", "12 ms, 1,200 tokens read, 4 written")


def test_an_action_that_is_all_that_was_said_is_not_repeated() -> None:
    assert heard(ply(), texts=False) == []
    assert heard(ply(said=behind("a1\n")), texts=False) == []
    (counted,) = heard(ply(said=behind("a1", 9, 2)), texts=False)
    assert (counted.text, counted.spent) == ("", "9 tokens read, 2 written")


def test_long_replies_are_bounded_and_folded() -> None:
    long, lines, short = (
        heard(ply(said=behind(raw)), texts=False)[0]
        for raw in ("\n" + "word " * 20_000, "a\nb\nc\nd\ne", "The corner.")
    )
    assert len(long.text) <= MOST
    around = "\n", " "
    assert len(long.text.replace(" … ", "")) + len(around) + long.left_out == 100_001, "all is shown or counted"
    assert long.glance.startswith("word word")
    assert (lines.glance, short.glance) == ("a b c d e", "")


def test_a_reply_of_escapes_is_bounded_as_it_is_shown() -> None:
    (tags,) = heard(ply(said=behind("\U000e0041" * 3000)), texts=False)
    assert MOST - 30 < len(tags.text) <= MOST
    assert tags.text.count(r"\U000e0041") + tags.left_out == 3000, "no escape is cut; letters are counted"
    (read,) = heard(ply(refused("\U000e0041" * 100, behind("Hm."))), texts=False)
    assert len(read.read) <= 100


def test_the_turn_that_ended_a_match_tells_what_a_model_wrote_and_no_programs_own_failure() -> None:
    ended = Reply(reply="KeyError at https://me:pass@host", ms=5, said=behind("I give up."))
    told = Transcript(opening=[], plies=[], unfinished=[refused("b9")], ended=ended)
    first, last = last_words(told)
    assert (first.text, first.wrong) == ("b9", "The rules did not take it.")
    assert (last.text, last.read, last.wrong) == ("I give up.", "", "")
    assert last_words(Transcript(opening=[], plies=[], unfinished=[])) == []
