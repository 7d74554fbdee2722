"""Figures: one JSON object a line, with the peer and the verdict beside the value."""

import json

from bench.env import contenders, figures, speeds
from bench.figures import Figure, report


def test_json_is_one_object_a_line(capsys) -> None:
    report([Figure("a.b", 1234.56, "1/s", "peer", 100.0, ">= 1000", True), Figure("c", 0.12345, "ms")], json=True)
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["value"], first["ratio"], first["meets"], first["seeds"]) == (1235.0, 12.35, True, 1)
    assert (second["value"], second["peer"], second["target"], second["meets"]) == (0.1235, None, None, None)
    assert "Python" in first["machine"]


def test_the_table_says_the_same(capsys) -> None:
    report([Figure("a.b", 1234.56, "1/s", "peer", 100.0, ">= 2000", False)], json=False)
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("a.b", "1,235", "peer", "12.35", ">= 2000", "missed"))


def test_every_contender_plays_and_the_named_figures_come_out() -> None:
    playing = contenders("leduc_poker")
    names = {figure.figure for figure in figures("leduc_poker", speeds(playing, 0.01))}
    assert {"env.leduc_poker.aec_text", "env.leduc_poker.aec_tensor", "env.leduc_poker.pettingzoo_classic"} <= names
    assert all(1 <= play(1) <= 60 for play in playing.values())
