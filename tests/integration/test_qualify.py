"""From submitted to rated: what a version must show, what becomes of it when it cannot, and who waits for whom."""

import pytest
from sqlalchemy import Engine, text

from arena.core.errors import TooManyComing
from arena.flow.schedule import Scheduler
from arena.flow.submit import COMING, PLAYERS, Submission, submit
from arena.flow.withdraw import retire
from arena.store import lives, players, queue
from tests.integration.entrants import GAMES, all_the_way, enter, events, life, qualifier, reason, scheduled
from tests.play import settle

pytestmark = pytest.mark.usefixtures("welcome")


def test_who_plays_by_the_rules_is_rated(engine: Engine) -> None:
    version_id = enter(engine, "ada")
    assert life(engine, version_id) == ["validating"]
    through = qualifier(engine)
    assert through.once(frozenset()) == 1
    assert life(engine, version_id) == ["qualifying"]
    Scheduler(engine, pace=60, daily=1000).tick(0.0)
    assert version_id not in scheduled(engine)
    assert through.once(frozenset()) == 0
    settle(engine, None)
    assert through.once(frozenset()) == 1
    assert life(engine, version_id) == ["qualifying", "active"]
    assert [(e["player"], e["owner"]) for e in events(engine, "player.qualified")] == [("ada", "owner of ada")]
    with engine.connect() as connection:
        played = connection.execute(text("SELECT game, seats, rounds FROM match WHERE purpose = 'qualification'"))
        found = [(m.game, m.seats.index(version_id), m.rounds) for m in played]
        rated = connection.scalars(text("SELECT count(*) FROM standing WHERE version_id = :v"), {"v": version_id})
        assert rated.one() == 0
    assert sorted(found) == [(game, seat, 1) for game in sorted(GAMES) for seat in (0, 1)]
    Scheduler(engine, pace=600, daily=1000).tick(60.0)
    assert version_id in scheduled(engine)


ILLEGAL = "4 of its replies were not legal; a match spares 3. The last was 'a stolen move'."


@pytest.mark.parametrize(
    ("does", "said", "cause"),
    [
        ("cheat", "tic_tac_toe: illegal", f"First in tic_tac_toe: {ILLEGAL}"),
        ("leave", "tic_tac_toe: abandoned", "First in tic_tac_toe: It left."),
        ("fall", "tic_tac_toe: agent_fault", "First in tic_tac_toe: It failed with RuntimeError."),
        (
            "cheat at poker",
            "2 of 4 matches (kuhn_poker: illegal, kuhn_poker: illegal)",
            f"First in kuhn_poker: {ILLEGAL}",
        ),
    ],
)
def test_who_does_not_is_rejected_with_the_reason_and_the_matches(
    engine: Engine, does: str, said: str, cause: str
) -> None:
    version_id = enter(engine, "eve", does=does)
    through = qualifier(engine)
    through.once(frozenset())
    settle(engine, None)
    through.once(frozenset())
    assert life(engine, version_id) == ["qualifying", "rejected"]
    assert said in reason(engine, version_id)
    assert reason(engine, version_id).endswith(cause)
    (told,) = events(engine, "player.rejected")
    assert told["reason"] == reason(engine, version_id)
    with engine.connect() as connection:
        seen = lives.history(connection, [version_id])[version_id][-1].detail["matches"]
        assert len(seen) == 4
    Scheduler(engine, pace=600, daily=1000).tick(60.0)
    assert version_id not in scheduled(engine)


def test_a_rejection_counts_the_matches_that_were_over_when_it_was_certain(engine: Engine) -> None:
    version_id = enter(engine, "eve", does="cheat")
    through = qualifier(engine)
    through.once(frozenset())
    settle(engine, None, 2)
    through.once(frozenset())
    assert reason(engine, version_id).startswith("It forfeited 2 of the 2 that were over by then, of 4 matches (")
    settle(engine, None)
    assert life(engine, version_id) == ["qualifying", "rejected"], "the others change nothing"


def test_one_forfeit_is_spared(engine: Engine) -> None:
    version_id = enter(engine, "ada", does="cheat once")
    through = qualifier(engine)
    through.once(frozenset())
    settle(engine, None)
    through.once(frozenset())
    assert life(engine, version_id)[-1] == "active"


def test_a_version_that_fails_leaves_the_former_one_in_play(engine: Engine) -> None:
    good = enter(engine, "ada")
    all_the_way(engine)
    bad = enter(engine, "ada", does="cheat")
    assert life(engine, good)[-1] == "active"
    all_the_way(engine)
    assert (life(engine, good)[-1], life(engine, bad)[-1]) == ("active", "rejected")
    better = enter(engine, "ada", at_once=2)
    all_the_way(engine)
    assert (life(engine, good)[-1], life(engine, better)[-1]) == ("retired", "active")


def test_a_rejected_one_may_try_again_and_so_may_one_that_was_overtaken(engine: Engine) -> None:
    first = enter(engine, "ada", does="cheat")
    second = enter(engine, "ada", at_once=2)
    assert life(engine, first)[-1] == "retired"
    third = enter(engine, "ada", at_once=3)
    assert life(engine, second)[-1] == "retired"
    with engine.begin() as connection:
        retire(connection, "ada")
    assert life(engine, third)[-1] == "retired"
    assert enter(engine, "ada", at_once=3) == third
    assert life(engine, third)[-1] == "validating"


def test_who_must_be_connected_is_waited_for_and_paired_only_while_it_is(engine: Engine) -> None:
    version_id = enter(engine, "bot", "visitor")
    through, here = qualifier(engine), frozenset({version_id})
    assert through.once(frozenset()) == 0
    assert life(engine, version_id) == ["validating"]
    assert through.once(here) == 1
    settle(engine, None)
    through.once(here)
    assert life(engine, version_id)[-1] == "active"
    scheduler = Scheduler(engine, pace=600, daily=1000)
    scheduler.tick(60.0)
    assert version_id not in scheduled(engine)
    settle(engine, None)
    scheduler.tick(60.0, here)
    assert version_id in scheduled(engine)


@pytest.mark.parametrize(("at_once", "most"), [(1, 2), (4, 4), (5, 6)])
def test_nobody_has_more_matches_at_once_than_wanted(engine: Engine, at_once: int, most: int) -> None:
    version_id = enter(engine, "ada", at_once=at_once)
    all_the_way(engine)
    scheduler = Scheduler(engine, pace=6000, daily=10_000)
    for _ in range(4):
        scheduler.tick(10.0)
    with engine.connect() as connection:
        assert lives.seated(connection)[version_id] == most  # both legs of a pair are made


def give_up(engine: Engine) -> None:
    """The pool loses every match that waits, again and again."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE match_queue SET attempts = 5 WHERE status <> 'dead'"))
        queue.bury(connection, 5)


def test_a_match_that_the_arena_gives_up_is_made_anew_and_in_the_end_rejects(engine: Engine) -> None:
    version_id = enter(engine, "ada", games=("tic_tac_toe",))
    through = qualifier(engine)
    through.once(frozenset())
    give_up(engine)
    through.once(frozenset())
    settle(engine, None)
    through.once(frozenset())
    assert life(engine, version_id)[-1] == "active"
    lost = enter(engine, "bob", games=("tic_tac_toe",))
    for _ in range(4):
        through.once(frozenset())
        give_up(engine)
    through.once(frozenset())
    assert life(engine, lost)[-1] == "rejected"
    assert "could not be played" in reason(engine, lost)


def test_it_is_asked_for_no_more_matches_at_once_than_it_wants(engine: Engine) -> None:
    version_id = enter(engine, "ada", at_once=1)
    through = qualifier(engine)
    for _ in range(4):
        assert life(engine, version_id)[-1] != "active"
        through.once(frozenset())
        with engine.connect() as connection:
            assert lives.seated(connection)[version_id] == 1
        settle(engine, None)
    through.once(frozenset())
    assert life(engine, version_id)[-1] == "active"


def test_who_never_connects_is_waited_for_a_day(engine: Engine) -> None:
    version_id = enter(engine, "bot", "visitor")
    through = qualifier(engine)
    assert through.once(frozenset()) == 0
    with engine.begin() as connection:
        connection.execute(text("UPDATE player_version SET created_at = now() - interval '25 hours'"))
    assert through.once(frozenset()) == 1
    assert "did not connect" in reason(engine, version_id)
    assert enter(engine, "bot", "visitor") == version_id
    assert through.once(frozenset()) == 0, "submitted again, it is waited for again, however old it is"
    assert life(engine, version_id)[-1] == "validating"


def test_nobody_crowds_the_ladder_or_what_leads_to_it(engine: Engine) -> None:
    with engine.begin() as connection:
        me = players.owner(connection, "me")
        for n in range(COMING):
            submit(connection, me, Submission(f"waits-{n}", "visitor"))
        with pytest.raises(TooManyComing, match="8 of your players"):
            submit(connection, me, Submission("one-more", "visitor"))
        submit(connection, me, Submission("waits-0", "visitor", {"n": 2}))  # a player that is there already
        for n in range(PLAYERS - COMING):
            connection.execute(text("UPDATE player_version SET status = 'active'"))
            submit(connection, me, Submission(f"plays-{n}", "random"))
        with pytest.raises(TooManyComing, match="20 players"):
            submit(connection, me, Submission("one-more", "random"))
        submit(connection, me, Submission("one-more", "random"), anybodys=True)
