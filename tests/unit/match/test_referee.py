import asyncio
import re
import time

import msgspec
import pytest

from arena.core.agents import RESIGN, Failed, Reply, Turn
from arena.core.errors import OwnFault
from arena.core.wire import Said, Stop
from games import catalog
from tests.tables import BUDGET, Scripted, first, order_for, play
from workers.match.referee import EVIDENCE_BYTES


def stops(*answers: object, **changes: object) -> list[Stop]:
    report = play(order_for("tic_tac_toe", rated=False, **changes), [Scripted(a) for a in answers])  # type: ignore[arg-type]
    return [s.stop for s in report.seats]


def test_a_game_that_runs_to_its_end() -> None:
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(first), Scripted(first)])
    assert [p.action for p in report.plies] == ["a1", "b1", "c1", "a2", "b2", "c2", "a3"]
    assert [(s.score, s.rank, s.stop) for s in report.seats] == [(1, 1, Stop.WIN), (-1, 2, Stop.LOSS)]


def test_the_same_order_gives_the_same_game() -> None:
    order = order_for("leduc_poker")
    a, b = play(order), play(order)
    assert a.game_hash == b.game_hash
    assert [p.action for p in a.plies] == [p.action for p in b.plies]


@pytest.mark.parametrize("game", catalog.names())
def test_agents_see_their_view_and_the_legal_actions_only(game: str) -> None:
    seen: list[Turn] = []

    def note(turn: Turn) -> str:
        seen.append(turn)
        return turn.legal[-1]

    order = order_for(game)
    play(order, [Scripted(note) for _ in order.seats])
    assert all(t.view and t.legal and 0 < t.clock_s <= 10 for t in seen)
    assert {type(getattr(t, f)) for t in seen for f in ("view", "legal", "ply", "clock_s")} == {str, list, int, float}


def test_an_agent_that_reads_nothing_gets_nothing() -> None:
    blind = Scripted(lambda t: t.legal[0] if t.view == "" else "peeked")
    blind.view = None
    assert play(order_for("tic_tac_toe"), [blind, blind]).seats[0].illegal == 0


def test_the_budget_of_illegal_actions_is_for_the_whole_match() -> None:
    tries = iter(["x", "a1", "y", "c1", "z", "b2", "w"])
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(lambda t: next(tries)), Scripted(first)])
    assert [s.stop for s in report.seats] == [Stop.ILLEGAL, Stop.FORFEIT_WIN]
    assert [s.score for s in report.seats] == [-1, 1]
    assert report.seats[0].illegal == BUDGET + 1
    assert [r.reply for p in report.plies for r in p.rejected] + [r.reply for r in report.unfinished] == list("xyzw")


def test_what_stands_behind_a_reply_is_evidence() -> None:
    said = Said("I take a1", 12, 3, "signed")
    tries = iter([Reply("z9", Said("hm")), Reply("a1", said), "c1", "b2", Failed(Stop.AGENT_FAULT, "gone")])
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(lambda t: next(tries)), Scripted(first)])
    assert report.plies[0].said == said
    assert report.plies[0].rejected[0].said == Said("hm")
    assert (report.plies[1].said, report.plies[2].said) == (None, None)


def test_evidence_says_how_much_of_a_long_reply_was_not_kept() -> None:
    tries = iter([Reply("a1", Said("Well. " * 2000 + "So a1.")), "b1", "c1"])
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(lambda t: next(tries)), Scripted(first)])
    assert report.plies[0].said is not None
    raw = report.plies[0].said.raw
    assert len(raw) <= 8000
    assert re.search(r"\[… 4,0\d\d characters not kept …\]", raw)
    assert raw.endswith("So a1.")


@pytest.mark.parametrize("letter", ["x", "\U0001f9e0", "\ud800"])
def test_nobody_makes_a_report_too_large_to_be_settled(letter: str) -> None:
    def chatty(turn: Turn) -> Reply:
        return Reply(turn.legal[0], Said(letter * 100_000))

    order = order_for("backgammon", rated=False, match_clock_ms=10_000_000)
    long = msgspec.structs.replace(order, rounds=8)
    report = play(long, [Scripted(chatty), Scripted(chatty)])  # as it comes over the wire: it can be read
    kept = sum(len(p.said.raw.encode()) for p in report.plies if p.said)
    assert 100_000 < kept <= EVIDENCE_BYTES
    assert len(report.plies) > 200


@pytest.mark.parametrize("stop", [Stop.ABANDONED, Stop.AGENT_FAULT, Stop.TIMEOUT, Stop.WIN])
def test_a_seat_that_cannot_go_on_forfeits(stop: Stop) -> None:
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(lambda t: Failed(stop, "left")), Scripted(first)])
    kept = Stop.AGENT_FAULT if stop == Stop.WIN else stop  # nobody says of himself that he has won
    assert [s.stop for s in report.seats] == [kept, Stop.FORFEIT_WIN]
    assert report.final is not None
    assert report.final.reply == "left"


@pytest.mark.parametrize("answer", [
    Reply(RESIGN, Said("lost anyway", receipt="signed")), Failed(Stop.AGENT_FAULT, "broken", Said("hm")),
])  # fmt: skip
def test_what_stands_behind_the_last_words_is_kept(answer: Reply | Failed) -> None:
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(lambda t: answer), Scripted(first)])
    assert report.final is not None
    assert report.final.said == answer.said


def test_what_stands_behind_a_late_answer_is_kept() -> None:
    said = Said("at last", receipt="signed")

    def late(turn: Turn) -> Reply:
        time.sleep(0.05)
        return Reply("a1", said)

    report = play(order_for("tic_tac_toe", rated=False, ply_clock_ms=30), [Scripted(late), Scripted(first)])
    assert report.final is not None
    assert (report.seats[0].stop, report.final.reply, report.final.said) == (Stop.TIMEOUT, "a1", said)


def test_a_fault_of_the_arena_is_no_seats() -> None:
    def lost(turn: Turn) -> str:
        raise OwnFault("Redis is away.", todo="Wait.")

    with pytest.raises(OwnFault):
        play(order_for("tic_tac_toe", rated=False), [Scripted(lost), Scripted(first)])


def test_resigning() -> None:
    assert stops(lambda t: RESIGN, first) == [Stop.RESIGNED, Stop.FORFEIT_WIN]


@pytest.mark.parametrize("reply", [None, 3, b"a1", ["a1"]])
def test_what_is_no_text_is_a_fault(reply: object) -> None:
    assert stops(first, lambda t: reply) == [Stop.FORFEIT_WIN, Stop.AGENT_FAULT]


def test_an_agent_that_raises_loses() -> None:
    assert stops(lambda t: 1 / 0, first) == [Stop.AGENT_FAULT, Stop.FORFEIT_WIN]


def test_an_agent_that_hangs_loses_by_time() -> None:
    async def hang(turn: Turn) -> str:
        await asyncio.Event().wait()
        return turn.legal[0]

    assert stops(hang, first, ply_clock_ms=30) == [Stop.TIMEOUT, Stop.FORFEIT_WIN]


def test_time_is_counted_over_the_match() -> None:
    def slow(turn: Turn) -> str:
        until = time.perf_counter() + 0.03
        while time.perf_counter() < until:
            pass
        return turn.legal[0]

    report = play(order_for("connect_four", match_clock_ms=100), [Scripted(slow), Scripted(first)])
    assert report.seats[0].stop == Stop.TIMEOUT
    assert 2 <= len([p for p in report.plies if p.seat == 0]) <= 3


def test_a_slow_seat_does_not_block_the_others() -> None:
    async def both() -> list[str]:
        from workers.match.referee import Referee

        done: list[str] = []
        gate = asyncio.Event()

        async def waits(turn: Turn) -> str:
            await gate.wait()
            return turn.legal[0]

        async def one(name: str, agent: Scripted) -> None:
            await Referee(order_for("tic_tac_toe"), [agent, agent], "host").play()
            done.append(name)
            gate.set()

        await asyncio.gather(one("slow", Scripted(waits)), one("quick", Scripted(first)))
        return done

    assert asyncio.run(both()) == ["quick", "slow"]


def test_a_long_reply_is_cut_in_the_evidence_not_helped() -> None:
    report = play(order_for("tic_tac_toe", rated=False), [Scripted(lambda t: "a1" + " " * 100_000), Scripted(first)])
    assert report.seats[0].stop == Stop.ILLEGAL
    assert max(len(r.reply) for r in report.unfinished) == 2000


def test_a_forfeited_session_costs_the_worst_of_every_round() -> None:
    report = play(order_for("kuhn_poker"), [Scripted(lambda t: "cheat"), Scripted(first)])
    assert [s.score for s in report.seats] == [-200, 200]


@pytest.mark.parametrize("game", ["word_clue", "open_debate"])
def test_resigning_is_no_word_of_a_game_whose_texts_are_free(game: str) -> None:
    order = order_for(game)
    report = play(order, [Scripted(lambda t: RESIGN) for _ in order.seats])
    assert Stop.RESIGNED in [s.stop for s in report.seats]
    assert report.plies == []


def test_a_fault_is_no_draw_where_the_worst_score_is_what_the_others_get() -> None:
    report = play(order_for("bargaining"), [Scripted(lambda t: RESIGN), Scripted(first)])
    assert sorted((s.stop == Stop.RESIGNED, s.rank) for s in report.seats) == [(False, 1), (True, 2)]
