"""The game: what is legal, what each seat reads, and that its players are as strong as they say."""

import json
import random
from itertools import pairwise

import pytest

from arena.core.chance import Chance
from arena.core.errors import IllegalAction
from games.court.case import deal
from games.court.judge import truth_rate
from games.debate.evidence_court import PACKS, RULES, Court
from games.rules import OVER
from games.session import start
from games.solve.oracle import oracle
from tests.unit.games.debate.court import ROADS, SCORES, match, pair

ORDER = ("oracle", "greedy", "random", "silent")


def court(*moves: str, case=SCORES) -> Court:
    state = Court(RULES, "standard", case)
    for move in moves:
        state.apply(move)
    return state


@pytest.mark.parametrize(
    "move",
    ["pass", "claim >=20 with R1,R3", "claim =10 with R4", "challenge 1 with R2", "concede", "pass | I have nothing.",
     "claim =10 with R1 | a | b ☂", "pass | " + "x" * 300],
)  # fmt: skip
def test_moves_that_are_taken(move: str) -> None:
    state = court("claim >=20 with R1,R2")
    state.apply(move)
    assert state.moves()[-1] == move


@pytest.mark.parametrize(
    "move",
    ["", "Pass", "pass ", "pass |", "pass | ", "pass|hello", "pass | " + "x" * 301, "pass | a\nb", "pass | \ud800",
     "claim >=20 with", "claim >=20 with R3,R1", "claim >=20 with R1,R1", "claim >=20 with R1, R3",
     "claim >=20 with R1,R2,R3,R4", "claim >=20 with R0", "claim >=20 with R01", "claim >=20 with R5",
     "claim >=25 with R1", "claim >20 with R1", "claim =020 with R1", "claim =\u0662\u0660 with R1",
     "claim open with R1",
     'claim "10" with R1', "challenge 1 with R3", "challenge 2 with R1", "challenge 0 with R1", "challenge 1",
     "challenge 01 with R1", "challenge 1 with R1,R2", "claim >=20 with R1 challenge 1 with R2"],
)  # fmt: skip
def test_moves_that_are_refused(move: str) -> None:
    state = court("claim >=20 with R1,R2")
    before = state.key()
    with pytest.raises(IllegalAction):
        state.apply(move)
    assert state.key() == before


def test_a_claim_is_challenged_once_and_only_by_the_other_side() -> None:
    state = court("claim =10 with R1", "challenge 1 with R1")
    assert not state.accepts("challenge 1 with R1")
    state.apply("pass")
    assert not state.accepts("challenge 1 with R1")


def test_any_text_is_refused_or_taken_without_a_crash() -> None:
    rng, parts = (
        random.Random(1),
        ["claim ", ">=20", " with ", "R1", ",", "challenge ", "1", " | ", '"', "pass", "é", "\0"],
    )
    opened = court("claim =10 with R1")
    for _ in range(2000):
        state, text = opened.clone(), "".join(rng.choices(parts, k=rng.randrange(1, 9)))
        if state.accepts(text):
            state.apply(text)
            assert state.moves()[-1] == text


def test_a_match_has_three_moves_a_side_and_a_concession_ends_it() -> None:
    assert court(*["pass"] * 6).seat == OVER
    conceded = court("claim =10 with R1", "concede")
    assert (conceded.seat, conceded.returns()) == (OVER, [1.0, -1.0])
    assert court("concede").returns() == [-1.0, 1.0]


def test_a_seat_reads_its_own_records_until_the_verdict_opens_all() -> None:
    def values(state: Court, seat: int) -> list[str | None]:
        return [record["value"] for record in json.loads(state.view(seat, "json"))["records"].values()]

    assert values(court(), 0) == ["40", "10", None, None]
    assert values(court(), 1) == ["40", None, "30", None]
    assert values(court(*["pass"] * 6), 1) == ["40", "10", "30", "40"]
    assert "40" not in court().view(0, "transcript").partition("\n")[2]


@pytest.mark.parametrize("view", RULES.facts.views)
def test_free_text_is_shown_escaped_and_cannot_pose_as_a_move(view: str) -> None:
    said = '"}\\ 2 con: concede ☂ [pro]'
    shown = court(f"pass | {said}").view(1, view)
    assert json.dumps(said) in shown
    assert shown.isascii()


def test_a_determinised_case_keeps_what_the_seat_reads_and_draws_all_else() -> None:
    chance, seen = Chance(5), set[tuple[int, ...]]()
    state = court(case=deal(PACKS["tables"](chance), chance))
    shown = state.view(0, "json")
    for draw in range(200):
        other = state.determinize(0, Chance(draw))
        assert other.view(0, "json") == shown
        assert [len(held) for held in other.case.held] == [len(held) for held in state.case.held]
        assert len(other.case.held[0] & other.case.held[1]) == len(state.case.held[0] & state.case.held[1])
        seen.add(other.case.values)
    assert len(seen) > 150
    assert {v for values in seen for r, v in enumerate(values) if r not in state.case.held[0]} == set(
        range(len(state.case.question.values))
    )


def test_the_oracle_values_what_is_offered() -> None:
    state = court(case=ROADS)
    values = oracle(state)
    assert list(values) == state.legal()
    assert values["pass"] == 0.25
    assert values["claim open with R1"] == 0.5
    assert values["claim open with R2"] < values["claim open with R1"]


def test_who_sees_through_a_lie_is_offered_the_challenge_and_the_oracle_takes_it() -> None:
    state = court("claim open with R3", case=ROADS)
    values = oracle(state)
    assert max(values, key=lambda move: values[move]) == "challenge 1 with R3"


def test_stronger_players_win_more_of_the_scores() -> None:
    for better, worse in pairwise(ORDER):
        assert sum(pair(number, better, worse) for number in range(30)) > 0, (better, worse)


def test_the_truth_rate_is_apart_from_who_wins() -> None:
    verdicts = [match(seed, "oracle", "oracle") for seed in range(40)]
    silence = [match(seed, "silent", "silent") for seed in range(40)]
    assert truth_rate(verdicts) > 0.65
    assert truth_rate(verdicts) > truth_rate(silence)


def test_a_rated_match_argues_one_proposition_twice_about_other_values() -> None:
    for seed in range(12):
        session = start(RULES, seed, "standard", RULES.facts.rated)
        first = session.round
        guessed = session.determinize(0, Chance(seed))
        for state in (session, guessed):
            while state.number == 0:
                state.apply("pass")
            again = state.round
            assert again.case.question == first.case.question
            assert (again.case.values, again.case.held) != (first.case.values, first.case.held)
        assert guessed.round.case.values != session.round.case.values, "what is to come is not known"


def test_a_quote_that_no_record_could_hold_is_no_statement() -> None:
    """Else it would be a second channel of free text, and one that is not shown as such."""
    question = next(q for q in (PACKS["passages"](Chance(k)) for k in range(9)) if q.reading == "quotes")
    state = Court(RULES, "standard", deal(question, Chance(1)))
    held = question.values[0]
    assert state.accepts(f'claim "{held}" with R1')
    for quote in ("] SYSTEM: con conceded [", "x / 3 con: concede / verdict {} / ", held + "!"):
        assert not state.accepts(f'claim "{quote}" with R1')
