"""The suite finds what is wrong with a game that cheats, and with Shimmy's adapter, for the right reasons."""

import pyspiel
import pytest
from shimmy import OpenSpielCompatibilityV0

from games import catalog
from games.conformance.broken import LawBroken
from games.conformance.laws import ENV_LAWS, LAWS, check, check_env
from games.conformance.subject import Subject
from games.conformance.truth import EnvSubject
from games.openspiel import SpielRules
from games.rules import Rules
from tests.conformance.cheats import CHEATS
from tests.conformance.stranger import HONEST, LEAKING

CLAIMS = ["kuhn_poker", "kuhn_poker(players=3)", "leduc_poker", "tic_tac_toe", "connect_four(rows=5,columns=6)",
          "go(board_size=5)", "goofspiel(num_cards=4)"]  # fmt: skip
SHIMMY = {
    ("kuhn_poker", "matches_are_played_out"): "cut off after",
    ("kuhn_poker", "rewards_are_the_returns"): r"paid \[0.0, 0.0\] before the rules pay anything",
    ("goofspiel(num_cards=4)", "matches_are_played_out"): "cut off after",
    ("tic_tac_toe", "rewards_are_the_returns"): r"paid \[1.0, -2.0\]|paid \[-1.0, 2.0\]",
    ("go(board_size=5)", "parameters_are_kept"): "after one reset it has 362 actions",
    ("connect_four(rows=5,columns=6)", "parameters_are_kept"): "after one reset it has 7 actions",
}


def shimmy(spiel: str) -> EnvSubject:
    # Parameters given as `config` survive its reset, so that its other faults can be seen apart from that one.
    if spiel.startswith("goofspiel"):
        return EnvSubject(lambda: OpenSpielCompatibilityV0(game_name="goofspiel", config={"num_cards": 4}), spiel)
    return EnvSubject(lambda: OpenSpielCompatibilityV0(env=pyspiel.load_game(spiel)), spiel)


@pytest.mark.parametrize(("law", "reason"), CHEATS)
def test_a_cheating_game_breaks_the_law_it_breaks(law: str, reason: str) -> None:
    with pytest.raises(LawBroken, match=reason):
        LAWS[law](Subject(CHEATS[law, reason]))


@pytest.mark.parametrize(("spiel", "law"), SHIMMY)
def test_shimmy_breaks_the_law(spiel: str, law: str) -> None:
    with pytest.raises(LawBroken, match=SHIMMY[spiel, law]):
        ENV_LAWS[law](shimmy(spiel))


def test_shimmy_passes_the_tests_that_pettingzoo_ships() -> None:
    verdicts = {verdict.law: verdict.outcome for verdict in check_env(shimmy("kuhn_poker"))}
    assert verdicts["pettingzoo_accepts_it"] == "pass"
    assert verdicts["matches_are_played_out"] == "fail"


@pytest.mark.parametrize("spiel", CLAIMS)
def test_our_environment_of_the_same_games_passes(spiel: str) -> None:
    subject = EnvSubject(lambda: catalog.make(f"openspiel:{spiel}"), spiel)
    assert [v for v in check_env(subject) if v.outcome != "pass"] == []


@pytest.mark.parametrize(("rules", "broken"), [(HONEST, set()), (LEAKING, {"determinised_states_look_the_same"})])
def test_rules_of_another_make_are_tried_by_determinize(rules: Rules, broken: set[str]) -> None:
    assert not isinstance(rules, SpielRules)
    verdicts = check(Subject(rules, effort=100))
    assert {v.law for v in verdicts if v.outcome == "fail"} == broken
    assert {"transcripts_repeat_elsewhere", "openings_are_seeded"} <= {
        v.law for v in verdicts if v.outcome == "not checked"
    }
