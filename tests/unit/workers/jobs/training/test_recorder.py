"""The recorder: a row a second and every evaluation, and event files that TensorBoard can read."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tensorboardX.proto.event_pb2 import Event

from tests.unit.workers.jobs.training.run import Run
from workers.jobs.training import recorder
from workers.jobs.training.recorder import Recorder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recorder.time, "monotonic", lambda: now[0])
    return now


def events(blob: bytes) -> Iterator[Event]:
    """TFRecords: a length, its checksum, as many bytes, their checksum."""
    at = 0
    while at < len(blob):
        (length,) = struct.unpack_from("<Q", blob, at)
        yield Event.FromString(blob[at + 12 : at + 12 + length])
        at += 16 + length
    assert at == len(blob)


def scalars(run: Run) -> dict[tuple[str, int], float]:
    found: dict[tuple[str, int], float] = {}
    for name in run.artifacts.names(f"{run.folder}/events"):
        for event in events(run.artifacts.read(f"{run.folder}/events/{name}")):
            found |= {(v.tag, event.step): v.simple_value for v in event.summary.value}
    return found


def test_a_row_a_second_and_never_an_evaluation_less(tmp_path: Path, clock: list[float]) -> None:
    run = Run(tmp_path)
    made = Recorder(run)
    for update in range(1, 11):
        made.row(update, {"loss": 0.5} | ({"nashconv.last": 0.1} if update == 4 else {}))
        clock[0] += 0.25
    made.row(11, {"loss": 0.5}, last=True)
    made.row(11, {"loss": 0.5}, last=True)
    made.close()
    assert [step for step, _ in run.rows] == [1, 4, 8, 11]


def test_no_update_that_went_wrong_is_left_out(tmp_path: Path, clock: list[float]) -> None:
    run = Run(tmp_path)
    made = Recorder(run)
    for update, numbers in enumerate([{"rolled_back": 0.0}] * 2 + [{"rolled_back": 1.0}, {"diverged": 1.0}], 1):
        made.row(update, {"loss": 0.5} | numbers)
    made.close()
    assert [step for step, _ in run.rows] == [1, 3, 4]


def test_event_files_lie_beside_the_checkpoints_and_can_be_read(tmp_path: Path, clock: list[float]) -> None:
    run = Run(tmp_path)
    made = Recorder(run)
    made.row(1, {"loss": 0.5, "nashconv.last": 0.25})
    assert scalars(run) == {("loss", 1): 0.5, ("nashconv/last", 1): 0.25}
    clock[0] += 5
    made.row(2, {"loss": 0.75})
    made.row(3, {"loss": 1.0}, last=True)
    made.close()
    assert scalars(run) == {
        ("loss", 1): 0.5, ("nashconv/last", 1): 0.25, ("loss", 2): 0.75, ("loss", 3): 1.0
    }  # fmt: skip


def test_it_leaves_nothing_on_this_machine(tmp_path: Path) -> None:
    made = Recorder(Run(tmp_path))
    folder = Path(made._folder.name)
    made.row(1, {"loss": 0.5}, last=True)
    made.close()
    assert not folder.exists()


def test_what_is_no_number_is_left_out(tmp_path: Path) -> None:
    run = Run(tmp_path)
    made = Recorder(run)
    made.row(1, {"loss": float("nan"), "grad_norm": float("inf"), "entropy": 0.5})
    made.close()
    assert run.rows == [(1, {"entropy": 0.5})]
