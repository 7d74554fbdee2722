"""Why a seat forfeited, told to everybody: what to mend, and nothing that is private."""

import pytest

from arena.core.forfeits import LONGEST, SHOWN, why
from arena.core.terms import Terms
from arena.core.wire import Final, MatchReport, Rejected, Said, SeatReport, Stop

TERMS = Terms(ply_clock_ms=10_000, match_clock_ms=300_000, illegal_budget=3)


def told(stop: Stop, reply: str = "", ms: float = 10_000, said: Said | None = None, refused: int = 0) -> str | None:
    seats = [SeatReport("a", -1, 2, stop, refused, ms), SeatReport("b", 1, 1, Stop.FORFEIT_WIN, 0, 1)]
    report = MatchReport(
        match_id="m", fence=1, host="h", seats=seats, plies=[], unfinished=[Rejected("x", 1)] * refused,
        final=Final(reply, ms, said), game_hash=b"", evidence_hash=b"", finished_at=0,
    )  # fmt: skip
    assert why(report, 1, TERMS) is None, "who did not forfeit has nothing to mend"
    return why(report, 0, TERMS)


@pytest.mark.parametrize(
    ("sentence", "case"),
    [
        ("No answer within 10 s.", {"stop": Stop.TIMEOUT}),
        ("No answer within 10 s. Of its replies in that turn 1 was not legal.", {"stop": Stop.TIMEOUT, "refused": 1}),
        ("It answered after 12.3 s, not within 10 s.", {"stop": Stop.TIMEOUT, "reply": "a1", "ms": 12_345}),
        ("It had spent its 300 s for the whole match.", {"stop": Stop.TIMEOUT, "ms": 4_000}),
        ("4 of its replies were not legal; a match spares 3. The last was 'z9'.",
         {"stop": Stop.ILLEGAL, "reply": "z9", "refused": 4}),
        ("4 of its replies were not legal; a match spares 3. The last had no action that could be read.",
         {"stop": Stop.ILLEGAL, "refused": 4}),
        ("It resigned.", {"stop": Stop.RESIGNED, "reply": "resign"}),
        ("It said the same over and over: 'hm'.", {"stop": Stop.ECHO, "reply": "hm"}),
        ("Not connected, and not back within 5 s.",
         {"stop": Stop.ABANDONED, "reply": "not connected, and not back within 5 s"}),
        ("The endpoint answered 401. Requests in this turn: 1.",
         {"stop": Stop.AGENT_FAULT, "reply": "The endpoint answered 401. Requests in this turn: 1."}),
        ("Answered with NoneType.", {"stop": Stop.AGENT_FAULT, "reply": "answered with NoneType"}),
    ],
)  # fmt: skip
def test_each_ending_says_what_to_mend(sentence: str, case: dict[str, object]) -> None:
    assert told(**case) == sentence  # type: ignore[arg-type]


def test_what_may_be_private_is_not_carried_out_of_the_transcript() -> None:
    key = "sk-live-0123456789"
    own = told(Stop.AGENT_FAULT, f"ValueError: http://10.0.0.7/v1 refused {key}", said=Said(receipt="signed"))
    assert own is not None
    assert own.startswith("Its bot gave the match up with an error of its own: `transcript.ended`")
    assert key not in own
    assert "10.0.0.7" not in own
    assert told(Stop.AGENT_FAULT, f"OSError(2, 'No such file', '/home/ada/{key}')") == "It failed with OSError."
    assert (
        told(Stop.AGENT_FAULT, "httpcore.UnsupportedProtocol('ftp://ada')")
        == "It failed with httpcore.UnsupportedProtocol."
    )
    for stop in (Stop.ILLEGAL, Stop.AGENT_FAULT):
        assert key not in (told(stop, f"the header is Authorization: Bearer {key}") or "")


@pytest.mark.parametrize("hostile", ["x" * 5000, "\x1b[2J\u202e", "a\nb\r\x00"])
def test_what_somebody_else_wrote_is_short_and_draws_nothing(hostile: str) -> None:
    for stop in (Stop.ILLEGAL, Stop.ECHO, Stop.AGENT_FAULT):
        sentence = told(stop, hostile) or ""
        assert sentence.isprintable()
        assert len(sentence) <= max(LONGEST, 8 * SHOWN) + 1
