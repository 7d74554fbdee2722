"""The commands that read and play: reproducible, quick to help, plain in their errors."""

import json
import os
import subprocess
import sys

import pytest

from arena.cli.ladder import elo_spread

ARENA = (sys.executable, "-m", "arena.cli.main")
HEAVY = {"torch", "ray", "pyspiel", "fastapi", "sqlalchemy", "numpy"}


def arena(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, **environment}
    return subprocess.run((*ARENA, *words), capture_output=True, text=True, env=given, timeout=120, check=False)


def test_help_imports_nothing_heavy_and_is_quick() -> None:
    probe = (
        "import sys, typer\nsys.argv = ['arena', '--help']\n"
        "from arena.cli.main import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    spent: list[float] = []
    for _ in range(3):
        before = os.times()
        shown = subprocess.run((sys.executable, "-c", probe), capture_output=True, text=True, check=True)
        after = os.times()
        spent.append(sum(after[2:4]) - sum(before[2:4]))
    assert shown.stdout.splitlines()[-1] == "[]"
    for command in ("ladder", "match", "replay", "games"):
        assert command in shown.stdout
    assert min(spent) < 0.8  # processor seconds, about a third of it alone: the tests share the machine


def test_the_same_seed_gives_the_same_game() -> None:
    command = ("match", "mcts-10", "random", "--game", "connect_four", "--json", "--seed")
    first, again, other = (json.loads(arena(*command, seed).stdout) for seed in ("5", "5", "6"))
    assert first == again
    assert first["game_hash"] != other["game_hash"]
    assert first["actions"]


def test_a_match_can_be_watched_without_a_terminal() -> None:
    board = arena("match", "minimax", 'mcts:{"simulations": 3}', "--game", "tic_tac_toe", "--watch").stdout
    assert "ply 1: " in board
    assert "\x1b" not in board
    hands = arena("match", "cfr", "random", "--game", "kuhn_poker", "--watch").stdout
    assert sum(line.startswith("hand ") for line in hands.splitlines()) == 100
    assert "game hash" in hands
    case = arena("match", "oracle", "greedy", "--game", "evidence_court", "--seed", "3", "--watch").stdout
    assert case.count("Proposition: ") == 4, "as each round begins, and as it ends"
    assert "ply 12: " in case
    assert case.count("Verdict: ") == 2, "and how each round ended"
    throws = arena("match", "greedy", "greedy", "--game", "backgammon", "--watch", "--view", "grid").stdout
    assert throws.count("+------|------+") > 100
    assert "greedy#1 plays " in throws
    assert "greedy#2 " in throws.splitlines()[-2]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("match", "cf", "cfr", "--game", "kuhn_poker"), 1, "player.unknown"),
        (("match", "cfr", "--game", "kuhn_poker"), 1, "request.invalid"),
        (("match", "mcts-10", "cfr", "--game", "kuhn_poker"), 1, "player.cannot_play"),
        (("match", "mcts:[1", "cfr", "--game", "kuhn_poker"), 1, "spec.invalid"),
        (("match", "cfr", "cfr", "--game", "chess9"), 1, "game.unknown"),
        (("match", "cfr", "cfr", "--game", "kuhn_poker", "--view", "sung"), 1, "game.view_unknown"),
        (("match", "cfr", "cfr"), 2, "--game"),
        (("ladder", "--url", "http://127.0.0.1:9"), 1, "server.unreachable"),
    ],
)
def test_errors_are_one_line_or_the_usage(words: tuple[str, ...], code: int, told: str) -> None:
    done = arena(*words)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert code == 2 or done.stderr.count("\n") == 1


def test_a_silent_arena_says_how_to_start_it() -> None:
    assert "`make up` or `arena up`" in arena("ladder", ARENA_URL="http://127.0.0.1:9").stderr


def test_games_need_no_server() -> None:
    names = [g["name"] for g in json.loads(arena("games", "--json").stdout)]
    assert names == sorted(names)
    assert "kuhn_poker" in names


def test_the_spread_in_elo_shrinks_with_the_interval() -> None:
    assert elo_spread(0.4, 0.6) > elo_spread(0.45, 0.55) > 0
    assert elo_spread(0.49, 0.51) == pytest.approx(6.95, abs=0.01)  # 400 / ln 10 / 0.25 * 0.01
