"""`arena train`: launches a recipe, follows it to its end, and leaves it running when somebody leaves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.accounts import key_for
from tests.integration.jobs.desk import Desk
from tests.integration.jobs.learning import RECIPE, Learning
from tests.integration.server import until

KUHN = "examples/train/kuhn.toml"


def start(desk: Desk, url: str, *words: str) -> "subprocess.Popen[str]":
    given = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    given |= {"ARENA_URL": url, "ARENA_API_KEY": key_for(desk.engine, "somebody", "train"), "ARENA_HOME": "/nowhere"}
    command = [sys.executable, "-m", "arena.cli.main", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given)


def taken(desk: Desk) -> Learning:
    """The job that the command launched, claimed by a runner."""
    until("it to be launched", lambda: bool(desk.seen_all()))
    return Learning(desk, None)


@pytest.mark.parametrize("file", [KUHN, "examples/train/kuhn.json"])
def test_a_recipe_is_launched_under_its_name(desk: Desk, url: str, file: str) -> None:
    out, err = start(desk, url, "train", file, "--json").communicate(timeout=120)
    job = json.loads(out)
    assert (job["name"], job["kind"], job["spec"], job["state"]) == ("kuhn", "train", RECIPE, "queued"), err


def test_it_is_followed_to_its_end(desk: Desk, url: str) -> None:
    command = start(desk, url, "train", KUHN, "--follow")
    learning = taken(desk)
    learning.learn(200)
    learning.checkpoint(200)
    learning.tell(1000)
    learning.finish()
    out, err = command.communicate(timeout=120)
    assert command.returncode == 0, err
    assert "kuhn: done" in out
    assert "nashconv.last" in out
    assert f"jobs/{learning.id}/checkpoints/00000200" in out


def test_a_failure_ends_with_1_and_its_reason(desk: Desk, url: str) -> None:
    command = start(desk, url, "train", KUHN, "--follow", "--json")
    learning = taken(desk)
    desk.put(learning.id, "state = 'failed', reason = 'There is no loss named x.'")
    out, err = command.communicate(timeout=120)
    assert (command.returncode, out) == (1, "")
    assert "There is no loss named x." in err


def test_who_leaves_leaves_it_running_and_is_told_so(desk: Desk, url: str) -> None:
    command = start(desk, url, "train", KUHN, "--follow")
    learning = taken(desk)
    learning.learn(100)
    assert command.stdout is not None
    while "running" not in command.stdout.readline():
        assert command.poll() is None
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 130
    assert f"arena jobs follow {learning.id}" in err
    assert desk.seen(learning.id)["state"] == "running"


def test_what_is_no_recipe_is_told(desk: Desk, url: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('name = "bad"\ngames = [{ name = "kuhn_poker" }]\nlearning = { matches = 0 }\n')
    command = start(desk, url, "train", str(file))
    _, err = command.communicate(timeout=60)
    assert command.returncode == 1
    assert "[spec.invalid]" in err
    assert "spec.learning.matches" in err
