"""A data set is a function of its seed: the same bytes whoever plays it, the same matches however it is cut."""

import re
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.core.errors import ArenaError
from arena.core.terms import Terms
from tests.datasets import check_line, lines
from workers.jobs.dataset import OutOfTime, play_file

TERMS = Terms()


def spec_of(game: str, *kinds: str, seed: int = 7) -> dict[str, Any]:
    seats = [{"kind": k} for k in kinds]
    return {"game": game, "variant": "standard", "view": "prose", "seats": seats, "seed": seed}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, 10**6))
def test_the_same_seed_gives_the_same_bytes(seed: int, first: int) -> None:
    spec = spec_of("tic_tac_toe", "random", "random", seed=seed)
    assert play_file(spec, first, 3, TERMS) == play_file(spec, first, 3, TERMS)


def test_another_seed_gives_other_matches_and_no_two_are_alike() -> None:
    played = [lines(play_file(spec_of("connect_four", "random", "random", seed=s), 0, 20, TERMS)) for s in (1, 2)]
    hashes = [line["game_hash"] for one in played for line in one]
    assert len(set(hashes)) == 40


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_matches_are_the_same_however_the_files_are_cut(sizes: list[int]) -> None:
    spec = spec_of("tic_tac_toe", "mcts", "random")
    spec["seats"][0]["spec"] = {"simulations": 5}
    cut: list[dict[str, Any]] = []
    for size in sizes:
        cut += lines(play_file(spec, len(cut), size, TERMS))
    assert cut == lines(play_file(spec, 0, sum(sizes), TERMS))
    assert [line["match"] for line in cut] == list(range(sum(sizes)))


@pytest.mark.parametrize(
    ("game", "kinds"),
    [("kuhn_poker", ("cfr", "random")), ("leduc_poker", ("random", "cfr")), ("connect_four", ("mcts", "random"))],
)
def test_every_match_replays_and_shows_each_seat_its_own_view_alone(game: str, kinds: tuple[str, str]) -> None:
    for line in lines(play_file(spec_of(game, *kinds), 0, 3, TERMS)):
        check_line(line)


def test_the_page_reads_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", Path("docs/jobs.md").read_text(), re.DOTALL)
    data = play_file(spec_of("kuhn_poker", "cfr", "random"), 0, 1, TERMS)
    (tmp_path / "matches-00000.jsonl.zst").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    assert len(re.findall(r"^-?\d+\.\d \[", capsys.readouterr().out, re.MULTILINE)) == len(lines(data)[0]["plies"])


def test_every_field_is_documented() -> None:
    page = Path("docs/jobs.md").read_text()
    (line,) = lines(play_file(spec_of("tic_tac_toe", "random", "random"), 0, 1, TERMS))
    for name in (*line, *(f"plies[].{name}" for name in line["plies"][0])):
        assert f"`{name}`" in page


def test_a_match_whose_clock_runs_out_is_no_data() -> None:
    with pytest.raises(OutOfTime, match=r"Match 0 ended with .*timeout") as caught:
        play_file(spec_of("connect_four", "mcts", "mcts"), 0, 1, Terms(1, 1, 3))
    assert not isinstance(caught.value, ArenaError), "which would fail the job for good"


def test_lines_are_compressed_one_by_one() -> None:
    played = play_file(spec_of("tic_tac_toe", "random", "random"), 0, 3, TERMS)
    assert zstandard.get_frame_parameters(played).content_size == zstandard.CONTENTSIZE_UNKNOWN
