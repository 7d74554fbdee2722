"""The disk that holds ARENA_HOME fills up while the arena plays: it says so, loses nothing, and recovers by itself."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from tests.integration.faults.laws import broken
from tests.integration.faults.whole import RECOVERY_S, Whole
from tests.patience import until

DISK = "300m"
BLOCK = bytes(1 << 16)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=False)
    if done.returncode != 0:
        pytest.skip("nothing can be mounted here; the tests with /dev/full remain")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def whole(disk: Path) -> Iterator[Whole]:
    whole = Whole(disk / "home")
    yield whole
    whole.close()


def fill(file: Path) -> None:
    """To the last byte."""
    with file.open("ab", buffering=0) as out:
        while True:
            try:
                out.write(BLOCK)
            except OSError:
                break


@pytest.mark.slow
def test_a_disk_that_fills_up_and_is_freed(whole: Whole, disk: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk.log"  # elsewhere, so that it can still tell; every other log is on the full disk
    (whole.home / "logs").mkdir(parents=True)
    (whole.home / "logs" / desk.name).symlink_to(desk)
    whole.up()
    supervisor = whole.victim("up")
    acknowledged: list[UUID] = whole.queue(200)
    filler = disk / "filler"

    def refused() -> bool:
        fill(filler)
        try:
            acknowledged.extend(whole.queue(200))
        except DBAPIError:
            return True
        return False

    until("something to be refused", refused, RECOVERY_S)
    said = whole.command("doctor")
    assert said.returncode == 1
    assert "disk" in said.stdout.lower()
    assert "Free" in said.stdout
    until("the desk to have met the full disk", lambda: "No space left" in desk.read_text(), RECOVERY_S)
    assert whole.victim("up") == supervisor
    filler.unlink()

    until("every part to run again", whole.well, RECOVERY_S)
    counted = "SELECT count(*) FROM result WHERE match_id = ANY(:ids)"
    until("all that was acknowledged to be settled",
          lambda: whole.scalar(counted, ids=acknowledged) == len(acknowledged), RECOVERY_S)  # fmt: skip
    assert not broken(whole.engine)
    whole.down()
