"""`python -m games.conformance`: what it prints and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from games.conformance.__main__ import main
from games.conformance.broken import LawBroken
from games.conformance.laws import LAWS


def test_a_game_that_obeys_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kuhn_poker", "--variant", "standard"]) == 0
    shown = capsys.readouterr().out
    assert "kuhn_poker/standard" in shown
    assert "three_players" not in shown
    assert all(law in shown for law in LAWS)
    assert "every law holds" in shown


def test_a_game_that_breaks_a_law_ends_with_1_and_the_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_kept(_: object) -> None:
        raise LawBroken("no game could keep it")

    monkeypatch.setitem(LAWS, "never_kept", never_kept)
    assert main(["openspiel:kuhn_poker"]) == 1
    shown = capsys.readouterr().out
    assert "FAIL" in shown
    assert "no game could keep it" in shown
    assert "1 laws broken" in shown


def test_what_openspiel_cannot_say_of_a_game_is_not_held_against_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openspiel:tiny_hanabi"]) == 0
    assert "OpenSpiel cannot say what" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"), [(["chequers"], "'chequers'"), (["kuhn_poker", "--variant", "huge"], "no variant 'huge'")]
)
def test_what_is_not_there_ends_with_2_in_one_line(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert named in said.err


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "games.conformance", "nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("There is no game named 'nonsense'.")
