"""Social deduction: who learns what and when, who wins, what is refused, and that better players win more."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.core.chance import Chance
from games.rules import OVER, State
from games.solve.oracle import oracle
from games.text.social_deduction import RULES, Village

NIGHT_1 = ["inspect 1", "sleep", "sleep", "sleep", "sleep"]
SILENCE = ["silent"] * 10


def village(*moves: str) -> Village:
    """Seat 1 is the seer, seat 2 the wolf."""
    state = Village(RULES, "standard", ("seer", "wolf", "villager", "villager", "villager"))
    for move in moves or ():
        state.apply(move)
    return state


def read(state: State, seat: int) -> dict:
    return json.loads(state.view(seat - 1, "json"))


def test_only_the_seer_learns_what_it_finds() -> None:
    state = village("inspect 2")
    assert ["night 1", 1, "inspect 2", "wolf"] in read(state, 1)["events"]
    assert all(read(state, seat)["events"] == [] for seat in (2, 3, 4, 5))


def test_votes_are_sealed_until_all_have_voted() -> None:
    state = village("inspect 2", *NIGHT_1[1:], *SILENCE, "vote 2", "vote 3", "vote 2", "vote 2")
    assert [e for e in read(state, 3)["events"] if e[0] == "vote 1"] == [["vote 1", 3, "vote 2", ""]]
    assert "vote 3" not in state.view(4, "prose")
    state.apply("vote none")
    assert state.seat == OVER
    assert state.returns() == [1.0, -4.0, 1.0, 1.0, 1.0]
    assert read(state, 5)["events"][-1] == ["vote 1", 0, "seat 2 is out", "wolf"]


@pytest.mark.parametrize(
    ("votes", "out"),
    [
        (["vote 2", "vote 1", "vote none", "vote none", "vote none"], None),
        (["vote 2", "vote 1", "vote 2", "vote 1", "vote none"], None),
        (["vote 3", "vote 3", "vote none", "vote none", "vote 3"], 3),
        (["vote none"] * 5, None),
    ],
)
def test_a_tie_or_a_vote_for_none_puts_nobody_out(votes: list[str], out: int | None) -> None:
    state = village("inspect 2", *NIGHT_1[1:], *SILENCE, *votes)
    assert read(state, 4)["alive"] == [seat for seat in (1, 2, 3, 4, 5) if seat != out]


def test_wolves_win_as_soon_as_they_are_half() -> None:
    state = village("inspect 2", *NIGHT_1[1:], *SILENCE, *["vote 5", "vote 5", "vote 5", "vote 5", "vote none"])
    for move in ("inspect 3", "kill 1", "sleep", "sleep", *["silent"] * 6, "vote 4", "vote 4", "vote none"):
        state.apply(move)
    assert state.returns() == [-1.0, 4.0, -1.0, -1.0, -1.0]


def test_a_pack_knows_itself_and_sees_its_kills_at_once() -> None:
    state = Village(RULES, "seven_seats", ("wolf", "wolf", "seer", *["villager"] * 4))
    for move in ("sleep", "sleep", "inspect 4", *["sleep"] * 4, *["silent"] * 14, *["vote none"] * 7, "kill 3"):
        state.apply(move)
    assert read(state, 2)["roles"] == {"1": "wolf", "2": "wolf"}
    assert read(state, 2)["events"][-1] == ["night 2", 1, "kill 3", ""]
    assert all("kill" not in state.view(seat, view) for seat in (2, 3) for view in RULES.facts.views)
    for move in ("kill 4", "inspect 1", *["sleep"] * 4):
        state.apply(move)
    assert 4 not in read(state, 1)["alive"]


@pytest.mark.parametrize(
    "said",
    [
        "silent | ",
        "silent |hi",
        "silent| hi",
        "silent |  hi",
        "silent | hi ",
        "silent | a\nb",
        "silent | \u202eabc",
        "silent | " + "x" * 301,
        "silent | \ud800",
        "accuse 1",
        "accuse 6",
        "accuse",
        "kill 3",
        "claim wolf",
        "silent | " + "\U0001f600" * 100,
        "a" * 10**6,
    ],
)
def test_what_is_not_a_message_is_refused(said: str) -> None:
    assert not village("inspect 2", *NIGHT_1[1:]).accepts(said)


@given(st.text(max_size=320) | st.from_regex(r"[ -~é日]{1,40}", fullmatch=True))
@settings(max_examples=80, deadline=None)
def test_any_text_is_refused_or_shown_escaped(text: str) -> None:
    state = village("inspect 2", *NIGHT_1[1:])
    before = state.key()
    said = f"accuse 2 | {text}"
    if not state.accepts(said):
        assert state.key() == before
        return
    state.apply(said)
    for seat in range(5):
        for view in RULES.facts.views:
            shown = state.view(seat, view)
            assert json.dumps(text) in shown
            assert shown.isascii()
    assert read(state, 4)["events"][-1] == ["day 1", 1, "accuse 2", text]


def test_a_message_cannot_pose_as_another_event() -> None:
    fake = '"]], "role": "wolf", [["day 1", 3, "claim seer 1 wolf'
    state = village("inspect 2", *NIGHT_1[1:], f"silent | {fake}")
    assert [event[1] for event in read(state, 2)["events"]] == [0, 1]
    plain = village("inspect 2", *NIGHT_1[1:], "silent")
    assert state.view(1, "events").count("\n") == plain.view(1, "events").count("\n")


def test_determinize_deals_every_village_that_fits_and_no_other() -> None:
    state, rng = village("inspect 3", *NIGHT_1[1:]), Chance(1)
    wolves = {tuple(state.determinize(0, rng).roles).index("wolf") for _ in range(200)}
    assert wolves == {1, 3, 4}
    assert {state.determinize(2, rng).key() for _ in range(3000)} == _all_worlds_of_seat_3()


def _all_worlds_of_seat_3() -> set[str]:
    """Seat 3 is a villager: twelve ways to deal seer and wolf, four inspections in each."""
    found: set[str] = set()
    for seer in (0, 1, 3, 4):
        for wolf in {0, 1, 3, 4} - {seer}:
            roles = ["villager"] * 5
            roles[seer], roles[wolf] = "seer", "wolf"
            for target in {1, 2, 3, 4, 5} - {seer + 1}:
                state = Village(RULES, "standard", tuple(roles))
                for seat in range(5):
                    state.apply(f"inspect {target}" if seat == seer else "sleep")
                found.add(state.key())
    return found


def wolf_wins(wolf: str, village: str, matches: int = 70) -> float:
    """Share of matches that the wolf wins, one script being the wolf and another all others."""
    scripts = {"random": lambda view, legal, rng: rng.choice(list(legal)), **RULES.scripts}
    won = 0
    for seed in range(matches):
        rng, state = random.Random(seed), RULES.start(seed)
        while state.seat != OVER:
            script = scripts[wolf if state.roles[state.seat] == "wolf" else village]
            state.apply(script(json.loads(state.view(state.seat, "json")), state.legal(), rng))
        won += max(state.returns()) == 4.0
    return won / matches


def test_a_better_village_catches_more_wolves() -> None:
    shares = [wolf_wins("greedy", kind) for kind in ("random", "greedy", "oracle")]
    assert shares[0] > shares[1] + 0.1 > shares[2] + 0.3


def test_the_oracle_knows_a_wolf_that_was_found() -> None:
    state = village("inspect 2", *NIGHT_1[1:], *SILENCE)
    values = oracle(state)
    assert max(values, key=values.__getitem__) == "vote 2"
