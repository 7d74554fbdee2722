from collections.abc import Callable
from dataclasses import replace as changed

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from arena.anticheat.replay import Ordered, verify
from arena.core.agents import Turn
from arena.core.wire import Final, MatchOrder, MatchReport, Rejected, Stop, evidence_hash
from games import catalog
from games.rules import Format
from tests.tables import BUDGET, Scripted, first, order_for, play


def ordered(order: MatchOrder) -> Ordered:
    fmt = Format(order.rounds, order.opening_plies)
    seats = tuple(s.version_id for s in order.seats)
    terms = (BUDGET, order.ply_clock_ms, order.match_clock_ms)
    return Ordered(catalog.load(order.game), order.variant, fmt, order.seed, seats, *terms)


def sealed(report: MatchReport) -> MatchReport:
    """A forger would remake the evidence hash."""
    return replace(report, evidence_hash=evidence_hash(report))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(catalog.names()), st.integers(0, 2**63 - 1))
def test_what_the_referee_reports_is_believed(game: str, seed: int) -> None:
    order = order_for(game, seed=seed)
    assert verify(ordered(order), play(order)) is None


@pytest.mark.parametrize(
    "answer",
    [lambda t: "nonsense", lambda t: "resign", lambda t: 1 / 0],
    ids=["illegal", "resigned", "raises"],
)
def test_forfeits_are_believed(answer: Callable[..., str]) -> None:
    order = order_for("connect_four")
    assert verify(ordered(order), play(order, [Scripted(first), Scripted(answer)])) is None


def insist(turn: Turn) -> str:
    """The same offer at every turn, with the same words."""
    offer = next(action for action in turn.legal if action.startswith("offer"))
    return f"{offer} | take it or leave it"


def other_offer(turn: Turn) -> str:
    """Never agrees, and never says anything twice."""
    return [action for action in turn.legal if action.startswith("offer")][turn.ply % 3]


def test_an_echo_loses_and_is_believed_only_of_who_echoed() -> None:
    order = order_for("bargaining", seed=3)
    report = play(order, [Scripted(insist), Scripted(other_offer)])
    assert [s.stop for s in report.seats] == [Stop.ECHO, Stop.FORFEIT_WIN]
    assert len([p for p in report.plies if p.seat == 0]) == 2  # the third time is the end
    assert verify(ordered(order), report) is None
    said = report.final
    assert said is not None
    forgeries = (Final("offer 0,0,0 | well", said.ms), Final(report.plies[1].action, said.ms), Final("", said.ms))
    for forged in forgeries:
        refusal = verify(ordered(order), sealed(replace(report, final=forged)))
        assert refusal is not None
        assert refusal.code == "stop"


def test_to_offer_the_same_again_without_words_is_no_echo() -> None:
    report = play(order_for("bargaining", seed=3), [Scripted(other_offer), Scripted(lambda t: t.legal[-1])])
    assert {s.stop for s in report.seats} <= {Stop.WIN, Stop.LOSS, Stop.DRAW}


def test_what_was_said_in_an_earlier_round_is_no_echo() -> None:
    report = play(order_for("word_clue", seed=3), [Scripted(lambda t: "zebra"), Scripted(lambda t: "zebra")])
    assert {s.stop for s in report.seats} <= {Stop.WIN, Stop.LOSS, Stop.DRAW}


def seat(report: MatchReport, number: int, **changes: object) -> MatchReport:
    seats = list(report.seats)
    seats[number] = replace(seats[number], **changes)
    return replace(report, seats=seats)


def ply(report: MatchReport, number: int, **changes: object) -> MatchReport:
    plies = list(report.plies)
    plies[number] = replace(plies[number], **changes)
    return replace(report, plies=plies)


def other(report: MatchReport, number: int) -> str:
    """Another legal action than the one taken."""
    taken = report.plies[number]
    return next(a for a in taken.legal if a != taken.action)


FORGERIES: dict[str, tuple[str, Callable[[MatchReport], MatchReport]]] = {
    "another score": ("score", lambda r: seat(r, 0, score=r.seats[0].score + 1)),
    "scores exchanged": ("score", lambda r: seat(seat(r, 0, score=r.seats[1].score), 1, score=r.seats[0].score)),
    "another rank": ("rank", lambda r: seat(r, 0, rank=3 - r.seats[0].rank)),
    "another ending": ("stop", lambda r: seat(r, 0, stop=Stop.DRAW)),
    "a claimed forfeit": ("stop", lambda r: seat(r, 0, stop=Stop.TIMEOUT)),
    "two forfeits": ("stop", lambda r: seat(seat(r, 0, stop=Stop.TIMEOUT), 1, stop=Stop.TIMEOUT)),
    "another action": ("state", lambda r: ply(r, 0, action=other(r, 0))),
    "an illegal action": ("action", lambda r: ply(r, 1, action="z9")),
    "another legal list": ("legal", lambda r: ply(r, 0, legal=r.plies[0].legal[1:])),
    "another turn": ("turn", lambda r: ply(r, 0, seat=1)),
    "another position": ("state", lambda r: ply(r, 0, state=b"\0" * 8)),
    "a missing end": ("unfinished", lambda r: replace(r, plies=r.plies[:-1])),
    "one ply too many": ("turn", lambda r: replace(r, plies=[*r.plies, r.plies[-1]])),
    "another game hash": ("game_hash", lambda r: replace(r, game_hash=b"\0" * 32)),
    "a hidden illegal try": ("illegal", lambda r: seat(r, 0, illegal=1)),
    "an invented rejection": ("illegal", lambda r: ply(r, 0, rejected=[Rejected("junk", 1.0)])),
    "a legal reply rejected": ("rejected", lambda r: ply(r, 0, rejected=[Rejected(r.plies[0].legal[0], 1.0)])),
    "a slow ply": ("clock", lambda r: ply(r, 0, ms=1e6)),
    "a slow seat": ("clock", lambda r: seat(r, 0, ms=9e5)),
    "a quick seat": ("clock", lambda r: seat(r, 0, ms=-1.0)),
    "a final turn without a fault": ("stop", lambda r: replace(r, final=Final("", 1.0))),
    "other players": ("seats", lambda r: replace(r, seats=r.seats[::-1])),
    "a seat less": ("seats", lambda r: replace(r, seats=r.seats[:1])),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name: str) -> None:
    order = order_for("tic_tac_toe", seed=12)
    report = play(order, [Scripted(first), Scripted(first)])
    assert report.seats[0].rank != report.seats[1].rank
    code, forge = FORGERIES[name]
    refusal = verify(ordered(order), sealed(forge(report)))
    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize(
    "forge",
    [lambda r: replace(r, host="other"), lambda r: replace(r, finished_at=1.0)],
    ids=["the host", "the time"],
)
def test_altered_evidence_is_refused(forge: Callable[[MatchReport], MatchReport]) -> None:
    order = order_for("tic_tac_toe")
    refusal = verify(ordered(order), forge(play(order)))
    assert refusal is not None
    assert refusal.code == "evidence_hash"


def test_another_seed_is_refused() -> None:
    order = order_for("kuhn_poker", seed=1)
    truth = changed(ordered(order), seed=2)
    assert verify(truth, play(order)) is not None


def test_more_illegal_tries_than_the_arena_allows_are_refused() -> None:
    order = order_for("tic_tac_toe", illegal_budget=50)
    tries = iter(["junk"] * 10)
    report = play(order, [Scripted(lambda t: next(tries, t.legal[0])), Scripted(first)])
    refusal = verify(ordered(order), report)
    assert refusal is not None
    assert refusal.code == "illegal"


def cut_short(report: MatchReport, stop: Stop, final: Final | None) -> MatchReport:
    """The winner's host says that the winner's opponent stopped before its last ply."""
    last = report.plies[-1]
    loser = last.seat
    spent = [sum(p.ms for p in report.plies[:-1] if p.seat == i) for i in range(2)]
    spent[loser] += final.ms if final else 0
    seats = [
        replace(s, score=-1.0 if i == loser else 1.0, rank=2 if i == loser else 1, ms=spent[i],
                stop=stop if i == loser else Stop.FORFEIT_WIN)
        for i, s in enumerate(report.seats)
    ]  # fmt: skip
    return replace(report, seats=seats, plies=report.plies[:-1], final=final)


@pytest.mark.parametrize(
    ("stop", "final", "code"),
    [
        (Stop.TIMEOUT, None, "stop"),
        (Stop.TIMEOUT, Final("", 30.0), "clock"),
        (Stop.RESIGNED, Final("a1", 30.0), "stop"),
        (Stop.ILLEGAL, Final("junk", 30.0), "illegal"),
    ],
)
def test_a_forfeit_must_be_borne_out_by_its_evidence(stop: Stop, final: Final | None, code: str) -> None:
    order = order_for("tic_tac_toe")
    report = cut_short(play(order, [Scripted(first), Scripted(first)]), stop, final)
    refusal = verify(ordered(order), sealed(report))
    assert refusal is not None
    assert refusal.code == code
