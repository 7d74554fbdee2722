"""What the supervisor does about a server or a part that dies again and again, or cannot be started."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.cli.supervise.parts import Part
from arena.cli.supervise.servers import Backing
from arena.embedded.folder import Folder
from arena.embedded.launch import leftovers
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from tests.patience import until

LOOK_S = 0.3
"""What one look at a server may take on a busy machine: far below any start, and any pause."""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Backing]:
    backing = Backing(Valkey, tmp_path / "valkey", None)
    backing.start()
    yield backing
    backing.stop()


def kill(backing: Backing) -> None:
    pid = backing.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def told(backing: Backing | Part, word: str) -> str:
    """The next line that says this; no look on the way there waits."""
    lines: list[str] = []

    def said() -> bool:
        began = time.monotonic()
        line = backing.watch()
        assert time.monotonic() - began < LOOK_S
        lines.extend([line] if line else [])
        return bool(line and word in line)

    until(f"{word!r}", said)
    return lines[-1]


def test_a_server_that_dies_again_and_again_is_started_ever_later(valkey: Backing) -> None:
    url = valkey.url
    for restarts, pause in enumerate(("1 s", "2 s"), 1):
        kill(valkey)
        assert told(valkey, "starts again").split("starts again in ")[1] == pause
        assert valkey.status().state == "waiting"
        told(valkey, "started again")
        assert (valkey.status().state, valkey.status().restarts, valkey.url) == ("running", restarts, url)
    assert "ended" in str(valkey.status().last_error)


def test_a_server_that_cannot_be_started_is_tried_again(valkey: Backing, tmp_path: Path) -> None:
    kill(valkey)
    told(valkey, "starts again")
    stranger = Folder(tmp_path / "valkey")
    stranger.take()
    assert "could not be started: The folder" in told(valkey, "could not")
    assert valkey.status().state == "waiting"
    stranger.release()
    told(valkey, "started again")


def test_a_server_whose_port_was_taken_comes_back_on_another(valkey: Backing) -> None:
    before = valkey.url
    assert before is not None
    kill(valkey)
    told(valkey, "starts again")
    with socket.create_server(("127.0.0.1", int(before.rpartition(":")[2].partition("/")[0]))):
        told(valkey, "started again")
        assert valkey.url != before


def test_a_stop_in_the_middle_of_a_restart_leaves_nothing(tmp_path: Path) -> None:
    backing = Backing(Postgres, tmp_path / "postgres", None)
    backing.start()
    kill(backing)
    told(backing, "starts again")
    until("the restart to be under way", lambda: backing.watch() is None and backing._attempt is not None)
    backing.stop()
    assert not leftovers("postgres", Folder(tmp_path / "postgres").mark)
    assert backing.status().state == "stopped"
    assert backing.watch() is None


def test_a_part_whose_program_is_gone_is_tried_again_and_may_move(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.symlink_to(sys.executable)
    log = tmp_path / "part.log"
    words = [str(program), "-c", "import os, time; print(os.environ['WHERE'], flush=True); time.sleep(600)"]
    part = Part("part", words, {"WHERE": "here"}, log)
    part.start()
    until("its first word", lambda: log.read_text() == "here\n")
    part.move({"WHERE": "there"})
    told(part, "starts again")
    held = log.rename(tmp_path / "held")
    log.mkdir()  # nothing can be started without a log
    assert "could not be started" in told(part, "could not")
    log.rmdir()
    held.rename(log)
    told(part, "started again")
    until("its word from there", lambda: log.read_text() == "here\nthere\n")
    part.stop()


def test_a_part_whose_folder_cannot_be_made_anew_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    part = Part("part", [sys.executable, "-c", "pass"], {}, tmp_path / "part.log")
    part.before = lambda: folder.mkdir(exist_ok=True)
    part.start()
    told(part, "starts again")
    folder.rmdir()
    folder.touch()
    assert "could not be started" in told(part, "could not")
    folder.unlink()
    told(part, "started again")
    part.stop()


def test_parts_do_not_share_their_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "mine")
    shared = {"WHERE": "here", "SECRET": None}
    log = tmp_path / "part.log"
    words = [sys.executable, "-c", "import os; print(os.environ['WHERE'], os.environ.get('SECRET'), flush=True)"]
    part, other = Part("part", words, shared, log), Part("other", words, shared, tmp_path / "other.log")
    other.move({"WHERE": "there", "SECRET": "told"})
    part.start()
    until("its word", lambda: log.read_text() == "here None\n")
    part.stop()
