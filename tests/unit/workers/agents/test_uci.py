"""Chess engines over UCI: with a small one of the tests' own, and with Stockfish where that is installed."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest
import uvloop
from msgspec.structs import replace

from arena.core.agents import KINDS, Ending, Table
from arena.core.chance import derive
from arena.core.errors import CannotPlay, OwnFault
from arena.core.wire import MatchOrder, MatchReport, Stop
from arena.embedded.identity import tie
from games import catalog
from games.needs import can_play
from tests.patience import until
from tests.tables import order_for
from workers.agents import uci
from workers.match.referee import Referee
from workers.match.seating import seat_agents

ENGINE = Path(__file__).parent / "engine.py"
STOCKFISH = shutil.which("stockfish", path=f"{os.environ.get('PATH', '')}:/usr/games")
needs_stockfish = pytest.mark.skipif(STOCKFISH is None, reason="Stockfish is not installed")
Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put the small engine, behaving so, on the PATH under the name of a real one; gives the folder of its notes."""

    def put(mode: str = "plays") -> Path:
        script = tmp_path / "stockfish"
        script.write_text(f"#!/bin/sh\nexec {sys.executable} {ENGINE} {tmp_path} {mode}\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return put


def order(spec: dict[str, Any], *, seed: int = 7, **changes: Any) -> MatchOrder:
    """The engine in the first seat, a random player in the other."""
    plain = order_for("chess", seed=seed, **changes)
    return replace(plain, seats=[replace(plain.seats[0], kind="uci", spec=spec), plain.seats[1]])


async def play(wanted: MatchOrder) -> MatchReport:
    """As a host does: whatever happens, each agent is told that it is over."""
    agents = seat_agents(wanted)
    try:
        return await Referee(wanted, agents, "host").play()
    finally:
        for agent in agents:
            if isinstance(agent, uci.UciAgent):
                await agent.over(Ending(0.0, 0, Stop.DRAW))


def alive(folder: Path) -> list[int]:
    """Engines that still run."""
    pids = [int(file.name.removeprefix("pid-")) for file in folder.glob("pid-*")]
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def gone(folder: Path) -> None:
    until("the engine to end", lambda: not alive(folder), patience_s=10)


def notes(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.glob("heard-*"))


@pytest.mark.parametrize("variant", ["standard", "shuffled"])
def test_a_match_is_played_to_its_end_and_the_engine_ends_with_it(variant: str, install: Install) -> None:
    folder = install("plays")
    report = asyncio.run(play(order({"nodes": 5, "depth": 3}, variant=variant)))
    assert Stop.AGENT_FAULT not in {seat.stop for seat in report.seats}
    assert report.seats[0].illegal == 0
    gone(folder)
    heard = notes(folder)
    assert "go nodes 5 depth 3\n" in heard
    assert "setoption name Threads value 1\n" in heard
    assert ("setoption name UCI_Chess960 value true\n" in heard) == (variant == "shuffled")
    assert heard.endswith("quit\n")
    assert len(list(folder.glob("pid-*"))) == 1


@pytest.mark.parametrize("mode", ["dies", "babbles", "mute"])
def test_an_engine_that_fails_is_the_arenas_own_fault(mode: str, install: Install) -> None:
    folder = install(mode)
    with pytest.raises(OwnFault):
        asyncio.run(play(order({})))
    gone(folder)


def test_an_engine_that_hangs_runs_out_of_time_and_is_killed(install: Install) -> None:
    folder = install("hangs")
    report = asyncio.run(play(order({}, ply_clock_ms=3000)))
    assert report.seats[0].stop == Stop.TIMEOUT
    gone(folder)


@pytest.mark.parametrize(("spec", "why"), [({"elo": 1500}, "UCI_LimitStrength"), ({"hash_mb": 64}, "beyond")])
def test_an_option_that_the_engine_lacks_is_not_passed_over(spec: dict[str, int], why: str, install: Install) -> None:
    folder = install("plays")
    with pytest.raises(OwnFault, match=why):
        asyncio.run(play(order(spec)))
    gone(folder)


def test_it_plays_on_a_loop_of_another_thread_as_on_a_match_host(install: Install) -> None:
    """Ray runs a host's loop beside the main thread, and takes uvloop for it where that is installed."""
    folder, found = install("plays"), list[MatchReport]()

    def host() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found.append(runner.run(play(order({}))))

    thread = threading.Thread(target=host)
    thread.start()
    thread.join(60)
    assert found
    assert Stop.AGENT_FAULT not in {seat.stop for seat in found[0].seats}
    gone(folder)


@pytest.mark.skipif(not tie("KILL"), reason="the kernel cannot tie a process to another here")
def test_an_engine_ends_with_a_host_that_is_killed(install: Install) -> None:
    folder = install("hangs")
    child = subprocess.Popen([sys.executable, "-m", __name__], env={**os.environ, "PYTHONPATH": "."})
    try:
        until("the engine to be asked twice", lambda: notes(folder).count("go ") > 1, patience_s=30)
        assert alive(folder)
    finally:
        child.kill()
        child.wait()
    gone(folder)


def test_it_is_for_chess_and_for_installed_engines_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(uci, "PLACES", str(tmp_path))
    table = Table("chess", "standard", 0, random.Random(0))
    with pytest.raises(CannotPlay, match="not installed"):
        uci.build({}, table)
    literal = KINDS.literal("uci", "KIND")
    assert [n for n in catalog.names() if can_play(literal["needs"], catalog.load(n).facts)] == ["chess"]
    assert not literal.get("for_anyone")
    for spec in ({"engine": "/bin/sh"}, {"engine": "sh"}, {"hash_mb": 100_000}, {"nodes": 0}, {"Threads": 8}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spec, literal["spec"])


@needs_stockfish
@pytest.mark.parametrize("variant", ["standard", "shuffled"])
def test_stockfish_beats_random_and_repeats_itself(variant: str) -> None:
    wanted = order({"nodes": 2000}, variant=variant, seed=derive(1, variant) % 2**62)
    first, second = (asyncio.run(play(wanted)) for _ in range(2))
    assert first.seats[0].stop == Stop.WIN
    assert [ply.action for ply in first.plies] == [ply.action for ply in second.plies]


@needs_stockfish
def test_stockfish_takes_its_strength_from_the_spec() -> None:
    report = asyncio.run(play(order({"nodes": 500, "skill": 0, "elo": 1400, "hash_mb": 1})))
    assert report.seats[0].stop in (Stop.WIN, Stop.DRAW)


if __name__ == "__main__":
    asyncio.run(play(order({})))
