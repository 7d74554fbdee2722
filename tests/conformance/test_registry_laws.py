"""Every game of the suite, in every variant, obeys every law; a file dropped into a game folder is tried at once."""

from pathlib import Path
from typing import get_args

import pytest

from games import catalog
from games.conformance import golden
from games.conformance.laws import LAWS, judge
from games.conformance.subject import Subject
from games.rules import Family, Rules

SUBJECTS = [
    Subject(catalog.load(name), variant, golden.folder())
    for name in catalog.names()
    for variant in catalog.load(name).facts.variants
]
MAY_NOT_APPLY = {
    "determinize_hides_the_future", "rounds_are_dealt_afresh", "openings_are_seeded",
    # Where OpenSpiel cannot follow: too much chance, or actions with numbers of their own.
    "parameters_are_kept", "matches_are_played_out", "masks_are_the_legal_actions", "rewards_are_the_returns",
}  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.label)
def test_law(subject: Subject, law: str) -> None:
    verdict = judge(law, LAWS[law], subject)
    assert verdict.outcome == "pass" or (verdict.outcome == "not checked" and law in MAY_NOT_APPLY), verdict.reason


def test_every_file_of_the_game_folders_is_a_game_of_that_name() -> None:
    root = Path(catalog.__file__).parent
    files = [file.stem for family in get_args(Family) for file in (root / family).glob("[a-z]*.py")]
    assert sorted(files) == catalog.names()
    for name in files:
        rules = catalog.load(name)
        assert isinstance(rules, Rules)
        assert rules.facts.name == name
        assert rules.facts.family == type(rules).__module__.split(".")[1]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.label)
def test_each_game_has_a_held_out_variant_and_a_standard_one(subject: Subject) -> None:
    variants = subject.rules.facts.variants
    assert next(iter(variants)) == "standard"
    assert variants["standard"].split == "train"
    assert any(variant.split == "heldout" for variant in variants.values())


def test_no_golden_file_is_left_over() -> None:
    folder = golden.folder()
    assert folder is not None
    assert {file.name for file in folder.glob("*.txt")} == {golden.path(subject).name for subject in SUBJECTS}
