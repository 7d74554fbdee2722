"""Golden transcripts are data: a missing, shortened or altered one is found, with the line."""

from pathlib import Path

import pytest

from games import catalog
from games.conformance import golden
from games.conformance.broken import LawBroken, NotChecked
from games.conformance.subject import Subject


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return Subject(catalog.load("kuhn_poker"), "standard", tmp_path)


def test_what_is_written_replays(subject: Subject) -> None:
    assert golden.write(subject).name == "kuhn_poker.standard.txt"
    golden.golden_transcripts_replay(subject)


def test_a_missing_transcript_breaks_the_law(subject: Subject) -> None:
    with pytest.raises(LawBroken, match=r"missing: python -m games\.conformance --write-golden kuhn_poker"):
        golden.golden_transcripts_replay(subject)


def test_a_changed_line_is_named(subject: Subject) -> None:
    file = golden.write(subject)
    lines = file.read_text().split("\n")
    number = next(i for i, line in enumerate(lines) if "hold" in line)
    lines[number] = lines[number].replace("hold", "have")
    file.write_text("\n".join(lines))
    with pytest.raises(LawBroken, match=rf"txt:{number + 1}: was .*have.*, is .*hold"):
        golden.golden_transcripts_replay(subject)


@pytest.mark.parametrize("cut", [3, 40])
def test_a_shortened_transcript_is_found(subject: Subject, cut: int) -> None:
    file = golden.write(subject)
    file.write_text("\n".join(file.read_text().split("\n")[:-cut]) + "\n")
    with pytest.raises(LawBroken, match=r"lines, were|was"):
        golden.golden_transcripts_replay(subject)


def test_without_a_checkout_it_says_so() -> None:
    with pytest.raises(NotChecked, match="run from a checkout"):
        golden.golden_transcripts_replay(Subject(catalog.load("kuhn_poker")))
