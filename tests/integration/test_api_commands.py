"""`arena ladder` and `arena replay` against a served arena."""

import json
import os
import subprocess
import sys
from pathlib import Path

from redis import Redis
from sqlalchemy import Engine

from tests.integration.server import serving
from tests.play import enter, order, settle


def arena(url: str, *words: str, **environment: str) -> str:
    given = {**os.environ, "ARENA_URL": url, **environment}
    command = (sys.executable, "-m", "arena.cli.main", *words)
    return subprocess.run(command, capture_output=True, text=True, env=given, timeout=60, check=True).stdout


def test_ladder_and_replay(engine: Engine, client: Redis, redis_url: str, tmp_path: Path) -> None:
    match_id = str(order(engine, "tic_tac_toe", enter(engine, "ada", "[red]bob")))
    settle(engine, client)
    with serving(engine, redis_url) as url:
        board = json.loads(arena(url, "ladder", "tic_tac_toe", "--json"))
        assert {r["player"] for r in board["rows"]} == {"ada", "[red]bob"}
        assert len(json.loads(arena(url, "ladder", "--json"))) >= 4
        shown = arena(url, "ladder")
        assert "[red]bob" in shown
        assert "no match settled yet" in shown
        replayed = arena(url, "replay", match_id)
        told = json.loads(arena(url, "replay", match_id, "--json"))
        assert replayed.count("\nply ") + replayed.startswith("ply ") == told["plies"]
        assert told["game_hash"] in replayed
        # What runs here is found without being told.
        (tmp_path / "run.json").write_text(json.dumps({"url": url}))
        assert "ada" in arena("", "ladder", "tic_tac_toe", ARENA_HOME=str(tmp_path))
