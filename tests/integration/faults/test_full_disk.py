"""The disk that holds ARENA_HOME fills up while the arena plays: it says so, loses nothing, and recovers by itself."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from tests.integration.disk import fill, small_disk
from tests.integration.faults.laws import broken
from tests.integration.faults.whole import RECOVERY_S, Whole
from tests.patience import until

pytestmark = pytest.mark.own

DISK = "300m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK) as disk:
        yield disk


@pytest.fixture
def whole(disk: Path) -> Iterator[Whole]:
    whole = Whole(disk / "home")
    yield whole
    whole.close()


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
