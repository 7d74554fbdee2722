"""How the commands take and show jobs."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from arena.cli.shared import jobs, screen
from arena.cli.shared.training import kept
from arena.core.errors import BadRequest

ID = "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d"
JOB: dict[str, Any] = {
    "id": ID, "name": "kuhn", "kind": "train", "state": "running", "wish": None, "reason": None,
    "progress": {"done": 12, "of": 100, "unit": "updates"},
}  # fmt: skip
LONG = JOB | {"name": "n" * 60}


def shown(monkeypatch: pytest.MonkeyPatch, job: dict[str, Any], width: int = 80) -> str:
    out = StringIO()
    monkeypatch.setattr(jobs, "CONSOLE", Console(file=out, width=width, highlight=False))
    jobs.show_job(job, as_json=False)
    return out.getvalue()


def test_a_long_name_is_cut_before_anything_else_of_any_job() -> None:
    out = StringIO()
    Console(file=out, width=80, highlight=False).print(jobs.table([LONG, JOB]), crop=False)
    _, first, second = out.getvalue().splitlines()
    for line in (first, second):
        assert ID in line
        assert line.rstrip().endswith("12/100 updates")
        assert "running" in line
    assert "nnnn…" in first


def test_where_there_is_no_terminal_a_job_is_a_line() -> None:
    out = StringIO()
    Console(file=out, width=screen.WIDE, highlight=False).print(jobs.table([LONG]), crop=False)
    assert "n" * 60 in out.getvalue()


def test_a_job_is_shown_in_one_line_and_its_reason_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, LONG | {"state": "failed", "reason": "why " * 100})
    assert len(text.splitlines()) == 2


def test_a_cancelled_job_says_no_more_why_it_had_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Because" in shown(monkeypatch, JOB | {"state": "failed", "reason": "Because."})
    assert "Tried again after: Because." in shown(monkeypatch, JOB | {"reason": "Because."})
    assert "Because" not in shown(monkeypatch, JOB | {"state": "cancelled", "reason": "Because."})


@pytest.mark.parametrize(("name", "text"), [("x.json", "[" * 100_000), ("x.toml", "a = " + "[" * 5000 + "]" * 5000)])
def test_a_file_that_is_nested_too_deeply_is_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadRequest, match="nested too deeply"):
        jobs.read_plain(tmp_path / name)


def test_one_checkpoint_is_no_checkpoints() -> None:
    one = {"folder": "jobs/x", "player": "kuhn@2", "ratings": [
        {"ladder": "kuhn_poker/open", "elo": 1510.4, "games": 4, "provisional": True},
        {"ladder": "leduc_poker/open", "elo": 1490.0, "games": 90, "provisional": False},
    ]}  # fmt: skip
    head, line = kept([one])
    assert head == "1 checkpoint in the artifact store:"
    assert "Elo 1510? after 4 games of kuhn_poker/open, Elo 1490 after 90 games" in line
    assert kept([one, one])[0].startswith("2 checkpoints ")
