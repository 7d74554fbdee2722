"""`arena bot`: submits the player, plays at real tables, ends on Ctrl-C; what cannot be imported is told."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine

from arena.core.wire import SeatOrder
from arena.flow.submit import Submission, submit
from arena.store import keys, players
from arena.stream import presence
from tests.integration.accounts import key_for
from tests.integration.bots import RANDOM, orders, play
from tests.integration.server import serving
from tests.patience import until

COMMAND = (sys.executable, "-m", "arena.cli.main", "bot")


@pytest.mark.parametrize("function", ["first_legal:act", "centre:act"])
def test_an_example_plays(engine: Engine, client: Redis, redis_url: str, tmp_path: Path, function: str) -> None:
    key = key_for(engine, "ada", "submit")
    with serving(engine, redis_url) as url:
        environment = {**os.environ, "ARENA_HOME": str(tmp_path), "ARENA_URL": url, "ARENA_API_KEY": key}
        words = (f"examples.bots.{function}", "--name", "ada", "--game", "connect_four", "--view", "json")
        shown = tmp_path / "shown"
        with shown.open("w") as out:
            bot = subprocess.Popen((*COMMAND, *words), env=environment, stdout=out)
        try:
            until("the bot to be connected", lambda: bool(presence.present(client)) or bot.poll() is not None)
            with engine.connect() as connection:
                (version,) = players.versions(connection, player="ada")
            assert (version.kind, version.games, version.spec) == ("bot", ["connect_four"], {"view": "json"})
            seat = SeatOrder(str(version.id), "bot", version.spec, "ada")
            reports = asyncio.run(play(client, redis_url, orders("connect_four", seat, RANDOM, n=3)))
            assert {s.stop for r in reports for s in r.seats} <= {"win", "loss", "draw"}
            # A report is there before the bot is told of the end.
            until("all of it to be told", lambda: shown.read_text().count("over: ") == 3)
        finally:
            bot.send_signal(signal.SIGINT)
            bot.wait(timeout=30)
    assert bot.returncode == 0
    lines = shown.read_text().splitlines()
    assert any(line.startswith("ada is connected by a WebSocket") for line in lines)
    assert any(line.startswith("ada is validating") for line in lines)
    assert sum("begins" in line for line in lines) == sum("over: " in line for line in lines) == 3
    assert lines[-1] == "disconnected"


@pytest.mark.parametrize("function", ["nosuch:act", "json:nosuch", "json", "json:decoder.WHITESPACE.flags"])
def test_what_is_no_function_is_told_in_one_line(function: str) -> None:
    shown = subprocess.run((*COMMAND, function, "--name", "x"), capture_output=True, text=True, check=False)
    assert shown.returncode == 1
    assert "[request.invalid]" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_a_function_that_its_module_does_not_have_is_told_the_nearest() -> None:
    words = (*COMMAND, "examples.bots.first_legal:akt", "--name", "x")
    shown = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "There is no 'akt' in examples.bots.first_legal. Did you mean `act`? Write" in shown.stderr


def test_a_bot_does_not_take_the_place_of_another_kind_of_player(
    engine: Engine, redis_url: str, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        me = players.owner(connection, "ada")
        key = keys.add(connection, me, ["submit"])
        submit(connection, me, Submission("ada", "random"))
    with serving(engine, redis_url) as url:
        environment = {**os.environ, "ARENA_HOME": str(tmp_path), "ARENA_URL": url, "ARENA_API_KEY": key}
        words = (*COMMAND, "examples.bots.first_legal:act", "--name", "ada")
        shown = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (shown.returncode, "of kind 'random'" in shown.stderr) == (1, True)
    with engine.connect() as connection:
        assert [v.kind for v in players.versions(connection, player="ada")] == ["random"]
