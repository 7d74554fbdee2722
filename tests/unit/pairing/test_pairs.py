from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.chance import Chance
from arena.pairing.pairs import EXPLORE, Member, Odds, gain, may_meet


def member(name: str, owner: str = "", *, exempt: bool = False, elo: float = 1500, games: int = 10) -> Member:
    return Member(name, owner or name, exempt, elo, games)


def test_two_versions_of_one_owner_never_meet() -> None:
    mine = [member("a", "me"), member("b", "me")]
    assert Odds(mine).draw(Chance(1)) is None
    assert not may_meet(*mine)


def test_references_meet_each_other() -> None:
    drawn = Odds([member("a", "arena", exempt=True), member("b", "arena", exempt=True)]).draw(Chance(1))
    assert drawn is not None
    assert drawn[2] == 1


def test_the_kept_probability_is_the_one_drawn_with() -> None:
    members = [member("a", elo=1500), member("b", elo=1520), member("c", elo=2400, games=500)]
    odds_of, chance, n = Odds(members), Chance(3), 20_000
    seen: Counter[tuple[object, object]] = Counter()
    kept: dict[tuple[object, object], float] = {}
    for _ in range(n):
        drawn = odds_of.draw(chance)
        assert drawn is not None
        a, b, odds = drawn
        seen[a.id, b.id] += 1
        kept[a.id, b.id] = odds
    assert sum(kept.values()) == pytest.approx(1)
    for pair, odds in kept.items():
        assert seen[pair] / n == pytest.approx(odds, abs=0.015)


def test_equals_tell_more_than_mismatches_and_newcomers_most() -> None:
    a, near, far = member("a"), member("b", elo=1510), member("c", elo=2300)
    assert gain(a, near) > gain(a, far)
    assert gain(a, member("new", games=0)) > gain(a, near)


@given(st.lists(st.tuples(st.floats(0, 4000), st.integers(0, 10**6)), min_size=2, max_size=8), st.integers(0, 2**63))
def test_nobody_is_left_out(strengths: list[tuple[float, int]], seed: int) -> None:
    members = [member(str(i), elo=e, games=g) for i, (e, g) in enumerate(strengths)]
    drawn = Odds(members).draw(Chance(seed))
    assert drawn is not None
    pairs = len(members) * (len(members) - 1) / 2
    assert drawn[2] >= EXPLORE / pairs - 1e-12
