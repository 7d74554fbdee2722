"""Laws of settling, on the real database: idempotent, independent of order per match, and undone by a void."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from arena.flow.refit import refit, void
from arena.ratings.elo import START
from tests.integration.ladder import Ladder, played

SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
N = 12


def emptied(engine: Engine) -> Ladder:
    tables = "match_queue, transcript, result, void_event, elo_event, standing, finding, outbox, match"
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} CASCADE"))
    return Ladder(engine)


def unplay(engine: Engine) -> None:
    """Back to the moment when every match was leased and none had been settled."""
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE transcript, result, void_event, elo_event, standing, outbox"))
        connection.execute(
            text("INSERT INTO match_queue (match_id, status, fence, host) SELECT id, 'leased', 1, 'host' FROM match")
        )


@SETTINGS
@given(st.data())
def test_any_order_and_any_repeats_give_the_same_facts(engine: Engine, data: st.DataObject) -> None:
    ladder = emptied(engine)
    ladder.queue(N)
    reports = played(ladder.lease())
    repeats = data.draw(st.lists(st.sampled_from(range(N)), max_size=N))
    order = data.draw(st.permutations([*range(N), *repeats]))
    ladder.settle([reports[i] for i in order], batch=data.draw(st.integers(1, 7)))
    expected = sorted((UUID(r.match_id), [s.score for s in r.seats], r.game_hash) for r in reports)
    assert [(f[0], f[1], f[4]) for f in ladder.facts()] == expected
    assert sum(int(str(row[2])) - START for row in ladder.standings()) == 0
    assert ladder.count("outbox WHERE event = 'match.settled'") == N


@SETTINGS
@given(st.data())
def test_void_and_refit_equal_never_having_played(engine: Engine, data: st.DataObject) -> None:
    ladder = emptied(engine)
    ladder.queue(N)
    reports = played(ladder.lease())
    voided = data.draw(st.sets(st.sampled_from(range(N)), max_size=4))
    ladder.settle(reports)
    with engine.begin() as connection:
        for i in voided:
            void(connection, UUID(reports[i].match_id), "a test")
    after_void = ladder.standings()

    unplay(engine)
    ladder.settle([r for i, r in enumerate(reports) if i not in voided])
    assert after_void == ladder.standings()


@SETTINGS
@given(st.integers(0, 30))
def test_a_refit_reproduces_what_settling_kept(engine: Engine, n: int) -> None:
    ladder = emptied(engine)
    ladder.queue(n)
    ladder.settle(played(ladder.lease()), batch=4)
    kept = ladder.standings(), ladder.rows("SELECT * FROM elo_event ORDER BY ladder, seq, version_id")
    with engine.begin() as connection:
        refit(connection, "tic_tac_toe/open")
    assert (ladder.standings(), ladder.rows("SELECT * FROM elo_event ORDER BY ladder, seq, version_id")) == kept
