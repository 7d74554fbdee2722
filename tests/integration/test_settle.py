import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, text

from arena.core.agents import Turn
from arena.core.ids import new_id
from arena.core.terms import Terms
from arena.core.wire import MatchReport
from arena.ratings.elo import START
from arena.store import queue
from tests.integration.ladder import Forge, Ladder, played
from tests.tables import Scripted, first, play


@pytest.fixture
def ladder(engine: Engine) -> Ladder:
    return Ladder(engine)


def elo_sum(ladder: Ladder) -> int:
    return sum(int(str(r[2])) - START for r in ladder.standings())


def kinds(ladder: Ladder) -> list[object]:
    return [r[0] for r in ladder.rows("SELECT kind FROM finding ORDER BY id")]


def test_what_was_played_is_settled(ladder: Ladder) -> None:
    ladder.queue(60)
    settled = ladder.settle(played(ladder.lease()))
    assert (settled.accepted, settled.duplicates, settled.refused) == (60, 0, 0)
    assert ladder.count("result") == ladder.count("transcript") == 60
    assert ladder.count("elo_event") == 120
    assert ladder.count("match_queue") == 0
    assert elo_sum(ladder) == 0
    assert ladder.rows("SELECT count(*), min(ladder_seq), max(ladder_seq) FROM result") == [(60, 1, 60)]
    games = ladder.rows("SELECT sum(wins + draws + losses) FROM standing")
    assert games == [(120,)]


def test_settling_twice_changes_nothing(ladder: Ladder) -> None:
    ladder.queue(10)
    reports = played(ladder.lease())
    ladder.settle(reports)
    before = ladder.standings(), ladder.facts(), ladder.count("outbox")
    assert ladder.settle(reports + reports).duplicates == 20
    assert (ladder.standings(), ladder.facts(), ladder.count("outbox")) == before


def test_the_same_report_twice_in_one_batch_counts_once(ladder: Ladder) -> None:
    ladder.queue(3)
    reports = played(ladder.lease())
    settled = ladder.settle([*reports, *reports])
    assert (settled.accepted, settled.duplicates) == (3, 3)


def test_a_failure_before_the_commit_loses_nothing(ladder: Ladder) -> None:
    ladder.queue(5)
    reports = played(ladder.lease())
    with ladder.engine.begin() as connection:
        connection.execute(text("ALTER TABLE transcript RENAME TO gone"))
    with pytest.raises(Exception, match="transcript"):
        ladder.settle(reports)
    assert ladder.count("result") == ladder.count("elo_event") == 0
    with ladder.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO transcript"))
    assert ladder.settle([]).accepted == 5


FORGED: dict[str, tuple[str, Forge]] = {
    "score": ("result.score", lambda r: replace(r, seats=[replace(s, score=s.score + 1) for s in r.seats])),
    "action": ("result.state", lambda r: replace(r, plies=[replace(r.plies[0], action=_other(r)), *r.plies[1:]])),
    "transcript": ("result.unfinished", lambda r: replace(r, plies=r.plies[:-1])),
    "evidence": ("result.evidence_hash", lambda r: replace(r, finished_at=r.finished_at + 1)),
    "clock": ("result.clock", lambda r: replace(r, seats=[replace(s, ms=9e9) for s in r.seats])),
    "host": ("result.host", lambda r: replace(r, host="another")),
    "time": ("result.finished_at", lambda r: replace(r, finished_at=1e10)),
    "players": ("result.seats", lambda r: replace(r, seats=r.seats[::-1])),
}


def _other(report: MatchReport) -> str:
    return next(a for a in report.plies[0].legal if a != report.plies[0].action)


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_result_is_refused_recorded_and_played_again(ladder: Ladder, what: str) -> None:
    ladder.queue(1)
    code, forge = FORGED[what]
    assert ladder.settle([forge(r) for r in played(ladder.lease())]).refused == 1
    assert ladder.count("result") == ladder.count("standing") == 0
    assert kinds(ladder) == [code]
    again = ladder.lease()
    assert [o.fence for o in again] == [2]
    assert ladder.settle(played(again)).accepted == 1


def test_a_result_of_another_seed_is_refused(ladder: Ladder) -> None:
    ladder.queue(1, "kuhn_poker")
    wrong = played([replace(o, seed=o.seed + 1) for o in ladder.lease()])
    assert ladder.settle(wrong).refused == 1
    assert ladder.count("result") == 0


def test_a_late_result_is_refused_and_the_new_lease_goes_on(ladder: Ladder) -> None:
    ladder.queue(1)
    late = played(ladder.lease(lease_s=0.0))
    current = ladder.lease()
    assert [o.fence for o in current] == [2]
    assert ladder.settle(late).refused == 1
    assert kinds(ladder) == ["result.stale_fence"]
    assert ladder.settle(played(current)).accepted == 1
    assert ladder.settle(late).duplicates == 1


def test_a_result_nobody_ordered_is_refused(ladder: Ladder) -> None:
    ladder.queue(1)
    report = replace(played(ladder.lease())[0], match_id=str(new_id()))
    assert ladder.settle([report]).refused == 1
    assert kinds(ladder) == ["result.unknown_match"]


@pytest.mark.parametrize("blob", [b"", b"junk", b"\x28\xb5\x2f\xfd" + b"\0" * 40])
def test_what_is_no_report_is_recorded_and_leaves_the_stream(ladder: Ladder, blob: bytes) -> None:
    assert ladder.settle([blob]).refused == 1
    assert kinds(ladder) == ["result.unreadable"]
    assert len(ladder.results) == 0


def test_other_purposes_are_kept_but_not_rated(ladder: Ladder) -> None:
    ladder.queue(2, purpose="evaluation")
    assert ladder.settle(played(ladder.lease())).accepted == 2
    assert ladder.count("result") == 2
    assert ladder.count("standing") == ladder.count("elo_event") == 0


def test_a_match_that_spends_its_attempts_is_given_up(ladder: Ladder) -> None:
    ladder.queue(1)
    for fence in range(1, 6):
        assert [o.fence for o in ladder.lease(lease_s=0.0)] == [fence]
    assert ladder.lease() == []
    with ladder.engine.begin() as connection:
        assert len(queue.bury(connection, attempts=5)) == 1
        assert queue.depth(connection) == {"dead": 1}


def test_two_settlers_at_once_settle_each_match_once(ladder: Ladder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ladder.queue(80)
    reports = played(ladder.lease())
    twins = [Ladder(ladder.engine) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        settled = list(threads.map(lambda twin: twin.settle(reports, batch=7), twins))
    assert sum(s.accepted for s in settled) == 80
    assert sum(s.duplicates for s in settled) == 80
    assert elo_sum(ladder) == 0
    assert ladder.rows("SELECT count(*), max(ladder_seq) FROM result") == [(80, 80)]


def resigns(turn: Turn) -> str:
    return "resign"


def cheats(turn: Turn) -> str:
    return "all of them"


def raises(turn: Turn) -> str:
    raise RuntimeError("broken")


async def hangs(turn: Turn) -> str:
    await asyncio.Event().wait()
    return turn.legal[0]


@pytest.mark.parametrize(
    ("answer", "stop"),
    [(resigns, "resigned"), (cheats, "illegal"), (raises, "agent_fault"), (hangs, "timeout")],
)
@pytest.mark.parametrize("game", ["tic_tac_toe", "kuhn_poker"])
def test_who_stops_a_match_loses_it(ladder: Ladder, game: str, answer: Callable[[Turn], str], stop: str) -> None:
    ladder.queue(1, game, terms=Terms(ply_clock_ms=100))
    (order,) = ladder.lease()
    agents = [Scripted(answer), Scripted(first)] if order.seed % 2 else [Scripted(first), Scripted(answer)]
    assert ladder.settle([play(order, agents)]).accepted == 1
    ((stops, ranks),) = ladder.rows("SELECT stops, ranks FROM result")
    assert set(stops) == {stop, "forfeit_win"}  # type: ignore[call-overload]
    assert list(ranks)[list(stops).index(stop)] == 2  # type: ignore[call-overload]
    assert elo_sum(ladder) == 0


def test_a_reply_no_encoding_takes_costs_its_player_not_the_match(ladder: Ladder) -> None:
    ladder.queue(1)
    (order,) = ladder.lease()
    assert ladder.settle([play(order, [Scripted(lambda t: "\ud800"), Scripted(first)])]).accepted == 1
    assert ladder.rows("SELECT stops FROM result")[0][0][0] == "illegal"  # type: ignore[index]


@pytest.mark.parametrize(
    "changes",
    [{"finished_at": 1e300}, {"finished_at": float("nan")}, {"finished_at": -1.0}, {"host": "a\0b"}, {"match_id": "x"}],
)
def test_a_poisoned_report_stops_nobody(ladder: Ladder, changes: dict[str, object]) -> None:
    ladder.queue(4)
    reports = played(ladder.lease())
    settled = ladder.settle([replace(reports[0], **changes), *reports[1:]])
    assert (settled.accepted, settled.refused) == (3, 1)
    assert len(kinds(ladder)) == 1
    assert len(ladder.results) == 0


def test_what_the_database_refuses_is_recorded_and_the_others_go_on(ladder: Ladder) -> None:
    ladder.queue(4)
    reports = played(ladder.lease())
    with ladder.engine.begin() as connection:
        bad = reports[2].match_id
        connection.execute(text(f"ALTER TABLE transcript ADD CONSTRAINT c CHECK (match_id <> '{bad}')"))
    settled = ladder.settle(reports)
    assert (settled.accepted, settled.refused) == (3, 1)
    assert kinds(ladder) == ["result.unwritable"]


def test_leases_given_back_unplayed_cost_no_attempt(ladder: Ladder) -> None:
    (match_id,) = ladder.queue(1)
    for unplayed, attempts in ((True, 0), (False, 1), (True, 1)):
        (order,) = ladder.lease()
        with ladder.engine.begin() as connection:
            assert queue.release(connection, [(match_id, order.fence)], unplayed=unplayed) == {match_id}
        assert ladder.rows("SELECT attempts FROM match_queue") == [(attempts,)]


def test_a_heartbeat_tells_which_leases_are_alive(ladder: Ladder) -> None:
    first_id, second_id = ladder.queue(2)
    orders = ladder.lease()
    ladder.settle(played(orders[:1]))
    with ladder.engine.begin() as connection:
        alive = queue.extend(connection, [(first_id, 1), (second_id, 1)], lease_s=60)
        assert alive == {UUID(orders[1].match_id)}
        assert queue.extend(connection, [(UUID(orders[1].match_id), 9)], lease_s=60) == set()
