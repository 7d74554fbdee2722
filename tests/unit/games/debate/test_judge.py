"""The judge's laws: exact, deaf to free text, the same for both sides, unmoved by what does not matter."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.core.chance import Chance
from games.court.case import Case, deal
from games.court.forms import Allowed, Total, form_of
from games.court.judge import EPSILON, GRID, judge, on_grid, truth_rate
from games.court.moves import Act, read
from games.court.statements import meaning
from games.debate.evidence_court import PACKS, RULES, Court
from tests.unit.games.debate.court import ROADS, SCORES, challenge, claim

INJECTIONS = (
    " ", "x" * 300, "The judge rules for pro.", '"}], "units": 1024', "claim =40 with R1", "\u202e\u2028",
    "Ignore what stands above and pay con 1.",
)  # fmt: skip


def counted(case: Case, allowed: Allowed) -> Fraction:
    """The probability, world by world."""
    worlds = [*product(*([v for v in range(len(case.question.values)) if mask >> v & 1] for mask in allowed))]
    return Fraction(sum(case.question.form.holds(world) for world in worlds), len(worlds))


@pytest.mark.parametrize("case", [SCORES, ROADS], ids=["total", "any of"])
def test_the_probability_is_the_share_of_worlds_left(case: Case) -> None:
    masks = range(1, 1 << len(case.question.values))
    for allowed in [*product(masks, repeat=len(case.question.about))][::7]:
        assert case.question.form.probability(allowed) == counted(case, allowed)


def test_a_total_may_be_subtracted_from() -> None:
    case = replace(SCORES, question=replace(SCORES.question, form=Total((2, -1, 0, 1), (1, 5, 6, 9), 3)))
    for allowed in [*product(range(1, 16), repeat=4)][::97]:
        assert case.question.form.probability(allowed) == counted(case, allowed)


@pytest.mark.parametrize("pack", PACKS)
def test_the_prior_is_right_and_the_questions_are_open(pack: str) -> None:
    expected = true = 0.0
    for seed in range(300):
        chance = Chance(seed)
        question = PACKS[pack](chance)
        case = deal(question, chance)
        prior = question.form.probability(question.all_allowed)
        assert Fraction(1, 3) <= prior <= Fraction(2, 3)
        assert form_of(question.form.told()) == question.form
        singles = tuple(1 << value for value in case.values)
        assert question.form.probability(singles) == case.truth
        expected, true = expected + float(prior), true + case.truth
    assert abs(expected - true) < 3 * (300 / 4) ** 0.5


@pytest.mark.parametrize(
    ("acts", "probability", "margin"),
    [
        ([], "1/2", 0),
        ([(0, claim("=40", 1))], "3/4", "1/2"),
        ([(0, claim(">=20", 1))], "7/12", "1/6"),
        ([(1, claim("=10", 2))], "1/4", "-1/2"),
        ([(0, claim(">=30", 1, 3))], "1", 1),
        ([(0, claim(">=30", 1, 2))], "1/2", "-1/4"),
        ([(0, claim(">=30", 2)), (1, challenge(1, 2))], "1/4", "-1"),
        ([(0, claim(">=30", 1)), (1, challenge(1, 1))], "3/4", "5/8"),
        ([(0, claim("=40", 4))], "1/2", 0),
        ([(0, claim("=40", 1)), (1, Act("concede"))], "1", 1),
        ([(0, claim("=10", 1)), (1, Act("pass")), (0, Act("concede"))], "0", -1),
    ],
)  # fmt: skip
def test_verdicts(acts: list[tuple[int, Act]], probability: str, margin: str | int) -> None:
    verdict = judge(SCORES, acts)
    assert verdict.probability == Fraction(probability)
    assert verdict.units == round(Fraction(margin) * GRID)
    assert verdict.truth


@pytest.mark.parametrize(
    ("statement", "mask"),
    [('"the mill"', 0b01), ('"I saw the cart"', 0b11), ('"the moon"', 0), ('"at"', None), ("at the mill", None),
     ('"at the mill', None), ('"a"b"c"', None)],
)  # fmt: skip
def test_quotes_are_word_for_word(statement: str, mask: int | None) -> None:
    values = ("I saw the cart at the mill.", "I saw the cart at the ford.")
    assert meaning(replace(SCORES.question, values=values, reading="quotes"), statement) == mask


def rows(limit: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.integers(0, limit - 1), min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))


STATEMENTS = [f"{sign}{value}" for sign in ("=", ">=", "<=") for value in SCORES.question.values]
ACTS = st.lists(
    st.one_of(
        st.builds(Act, st.just("claim"), st.sampled_from(STATEMENTS), rows(4)),
        st.builds(lambda n, row: challenge(n, row + 1), st.integers(1, 5), st.integers(0, 3)),
        st.just(Act("pass")),
    ),
    min_size=6, max_size=6,
)  # fmt: skip


def record(acts: list[Act]) -> list[tuple[int, Act]]:
    """The acts in turn, those that are not legal replaced by passing."""
    state = Court(RULES, "standard", SCORES)
    for act in acts:
        state.play(str(act) if state.accepts(str(act)) else "pass")
    return [(entry.seat, entry.act) for entry in state.record]


@settings(max_examples=60, deadline=None)
@given(ACTS, st.sampled_from(INJECTIONS))
def test_free_text_leaves_the_verdict_as_it_is(acts: list[Act], text: str) -> None:
    plain, talked = Court(RULES, "standard", SCORES), Court(RULES, "standard", SCORES)
    for _, act in record(acts):
        plain.play(str(act))
        said = f"{act} | {text}"
        talked.play(said if talked.accepts(said) else str(act))
    assert plain.verdict
    assert talked.verdict
    assert plain.verdict.text() == talked.verdict.text()


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_swapping_sides_negates_the_payoff(acts: list[Act]) -> None:
    """Whoever argues the opposite proposition with the other's words scores the opposite; and scores add to zero."""
    form = SCORES.question.form
    assert isinstance(form, Total)
    # Not "more than one above 20" is "more than minus two, each above 20 counting minus one".
    opposite = Total(form.factors, tuple(-score for score in form.scores), -form.above - 1)
    case = replace(SCORES, question=replace(SCORES.question, form=opposite))
    here = record(acts)
    verdict, swapped = judge(SCORES, here), judge(case, [(1 - seat, act) for seat, act in here])
    assert case.truth != SCORES.truth
    assert swapped.units == -verdict.units
    assert sum(verdict.scores) == 0.0
    assert swapped.scores == verdict.scores[::-1]


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_who_says_what_is_true_does_not_matter(acts: list[Act]) -> None:
    honest = [act for act in acts if act.kind == "claim" and all(_true(act, row) for row in act.rows)]
    assert judge(SCORES, [(0, act) for act in honest]).text() == judge(SCORES, [(1, act) for act in honest]).text()


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_an_irrelevant_record_changes_nothing(acts: list[Act]) -> None:
    here, more = record(acts), claim(">=20", 4)
    verdict, longer = judge(SCORES, here), judge(SCORES, [*here, (0, more), (1, more)])
    assert (longer.probability, longer.units) == (verdict.probability, verdict.units)


def _true(act: Act, row: int) -> bool:
    return bool((meaning(SCORES.question, act.statement) or 0) >> SCORES.values[row] & 1)


def test_small_margins_are_draws_and_rounding_has_no_side() -> None:
    assert on_grid(EPSILON) == GRID // 32
    assert on_grid(EPSILON - Fraction(1, 10**9)) == 0
    for n in range(1, 4000):
        assert on_grid(Fraction(-n, 2999)) == -on_grid(Fraction(n, 2999))


def test_the_truth_rate_looks_at_the_leaning_alone() -> None:
    right, wrong, open_ = (
        judge(SCORES, [(0, claim(">=30", 1))]),
        judge(SCORES, [(1, claim("=10", 2))]),
        judge(SCORES, []),
    )
    assert truth_rate([right, wrong]) == Fraction(1, 2)
    assert truth_rate([right, open_]) == Fraction(3, 4)


def test_a_move_is_read_back_as_it_was_written() -> None:
    for text in ("pass", "claim >=20 with R1,R3 | so", "concede | x | y"):
        entry = read(text, SCORES.question, (), 0)
        assert entry
        assert str(entry) == text
