"""Two arenas on one folder, and folders that are none: refused at once, with what to do, and nobody is harmed."""

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.cli.supervise.home import Home
from arena.core.errors import BadConfiguration, DiskFull, HomeInUse
from arena.embedded.identity import succeeds

pytestmark = pytest.mark.own

ROUNDS = 10
# Waits for its start to be given, takes the folder, says how that went, and holds it until its input ends.
TAKE = """
import os, sys
from pathlib import Path
from arena.cli.supervise.home import Home
from arena.core.errors import HomeInUse
sys.stdout.write("here\\n"); sys.stdout.flush(); sys.stdin.readline()
home = Home(Path(sys.argv[1]))
try:
    home.take()
    print("took", os.getpid(), flush=True)
except HomeInUse as error:
    print(error.code, error, flush=True)
sys.stdin.readline()
"""
UP = [sys.executable, "-m", "arena.cli.main"]


@pytest.fixture
def arena() -> Iterator[list["subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_of_those_who_take_a_folder_at_once_one_gets_it(tmp_path: Path, arena: list["subprocess.Popen[str]"]) -> None:
    for n in range(ROUNDS):
        folder = tmp_path / str(n % 2)  # a fresh one, then one that has been held before
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", TAKE, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        arena += racers
        assert [heard(racer) for racer in racers] == ["here", "here"]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [heard(racer) for racer in racers]
        winners = [int(line.split()[1]) for line in said if line.startswith("took")]
        assert len(winners) == 1, said
        assert winners[0] in [racer.pid for racer in racers]
        assert Home(folder).holder() == winners[0]
        (refusal,) = [line for line in said if not line.startswith("took")]
        assert refusal.startswith(HomeInUse.code)
        assert "arena down" in refusal
        for racer in racers:
            racer.communicate()
        assert Home(folder).holder() is None


def heard(racer: "subprocess.Popen[str]") -> str:
    assert racer.stdout is not None
    return racer.stdout.readline().strip()


def test_who_only_looks_is_not_taken_for_a_holder(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.take()
    home.release()
    looking = [os.open(home.path / "up.lock", os.O_RDONLY) for _ in range(2)]
    for lock in looking:
        fcntl.flock(lock, fcntl.LOCK_SH)
    assert home.holder() is None
    threading.Timer(0.1, lambda: [os.close(lock) for lock in looking]).start()
    home.take()
    assert home.holder() == os.getpid()
    home.release()


def test_a_lock_that_is_handed_over_is_free_at_no_moment(tmp_path: Path) -> None:
    home, other = Home(tmp_path), Home(tmp_path)
    home.take()
    given = os.dup(home.lock)
    home.hand_over(4242)
    assert other.holder() == 4242
    with pytest.raises(HomeInUse, match="pid 4242"):
        other.take()
    heir = Home(tmp_path)
    heir.take(given)
    assert other.holder() == os.getpid()
    heir.release()
    assert other.holder() is None


def test_the_state_of_a_killed_run_is_not_the_next_ones(tmp_path: Path) -> None:
    Home(tmp_path).write_run({"ready": True, "pids": {"api": 1}})
    home, heir = Home(tmp_path), Home(tmp_path)
    home.take()
    given = os.dup(home.lock)
    home.hand_over(os.getpid())
    heir.take(given)
    assert home.orphaned
    assert heir.orphaned, "and it knows that parts of the killed run may still be ending"
    assert not {"ready", "pids"} & heir.run().keys()
    heir.release()
    home.take()
    assert not home.orphaned
    home.release()


@pytest.mark.parametrize("left", ["", "{"])
def test_a_state_that_was_cut_off(tmp_path: Path, left: str) -> None:
    (tmp_path / "run.json").write_text(left)
    home = Home(tmp_path)
    home.take()
    assert home.run() == {}
    home.release()


def test_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "up.lock").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="Free some space"):
        Home(tmp_path).take()


def test_a_file_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("mine")
    assert Home(file).holder() is None
    for path in (file, file / "below"):
        with pytest.raises(BadConfiguration, match="Set ARENA_HOME"):
            Home(path).take()
    assert file.read_text() == "mine"


@pytest.mark.parametrize("words", [("up",), ("up", "--detach")], ids=" ".join)
def test_a_read_only_folder(words: tuple[str, ...], tmp_path: Path) -> None:
    mounter = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    mount = ("sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', str(tmp_path))
    if not succeeds((*mounter, *mount, "true")):
        pytest.skip("nothing can be mounted here")
    done = run((*mounter, *mount), tmp_path, words)
    assert done.returncode == 1
    assert f"[{BadConfiguration.code}]" in done.stderr
    assert "cannot be used: Read-only file system. Set ARENA_HOME" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [("up",), ("down",)], ids=" ".join)
def test_somebody_elses_folder(words: tuple[str, ...]) -> None:
    """Not as root, whom no mode stops: as nobody, with no more than the right to read what root installed."""
    demoted = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
               "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")  # fmt: skip
    if os.geteuid() != 0 or not succeeds((*demoted, sys.executable, "-c", "import arena")):
        pytest.skip("needs root, to be somebody else")
    with tempfile.TemporaryDirectory() as name:
        done = run(demoted, Path(name, "home"), words)
        if words == ("up",):
            assert done.returncode == 1
            assert "cannot be used: Permission denied. Set ARENA_HOME" in done.stderr
            assert done.stderr.count("\n") == 1
        else:
            assert (done.returncode, done.stderr) == (0, "")
        assert not list(Path(name).iterdir())


def run(prefix: tuple[str, ...], home: Path, words: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    environment = {**clean, "ARENA_HOME": str(home)}
    return subprocess.run(
        [*prefix, *UP, *words], env=environment, capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )
