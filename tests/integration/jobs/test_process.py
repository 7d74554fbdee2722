"""What a run's process says of its job, however its kind ends."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from arena.core.errors import UnknownKind
from arena.core.registry import Registry
from arena.store import jobs
from tests.integration.jobs.desk import Desk
from workers.jobs import process

NODE, FULL = os.uname().nodename, "[Errno 28] No space left on device: '/tmp/events'"
ODD = Registry("job kind", ("tests.integration.jobs.kinds",), UnknownKind)


@pytest.fixture(autouse=True)
def surroundings(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "KINDS", ODD)
    monkeypatch.setenv("ARENA_DATABASE_URL", desk.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", tmp_path.as_uri())
    monkeypatch.setattr(process.signal, "signal", lambda *_: None)
    monkeypatch.setattr(process.logs, "start", lambda *_, **__: None)


def run(desk: Desk, ends: str, kind: str = "odd") -> tuple[UUID, int]:
    """Launch a job that ends so, and run it; gives its id and the process's exit code."""
    values: dict[str, Any] = {"name": "some", "kind": kind, "spec": {"ends": ends}}
    job_id = desk.do(jobs.add, desk.owner, values)
    claimed = desk.begin()
    assert claimed is not None
    return job_id, process.main(job_id, claimed.generation)


@pytest.mark.parametrize(
    ("ends", "code", "state", "reason", "attempts"),
    [
        ("well", 0, "done", None, 0),
        ("JobFailed", 0, "failed", "It ended. Mend it. [job.failed]", 0),
        ("BadConfiguration", 0, "failed", "It ended. Mend it. [config.invalid]", 0),
        ("DiskFull", 0, "queued", "It ended. Mend it. [home.disk_full]", 0),
        ("Unreachable", 0, "queued", "It ended. Mend it. [server.unreachable]", 0),
        ("crash", 1, "queued", "ZeroDivisionError: postgresql://me:***@there/x by zero", 0),
        ("stopped", 0, "running", None, 0),
        ("full", 0, "queued", f"A disk of {NODE} is full: {FULL}. Free some space there. [home.disk_full]", 0),
    ],
)
def test_each_end(desk: Desk, ends: str, code: int, state: str, reason: str | None, attempts: int) -> None:
    job_id, ended = run(desk, ends)
    seen = desk.seen(job_id)
    assert (ended, seen["state"], seen["reason"], seen["attempts"]) == (code, state, reason, attempts)
    assert seen["progress"]["done"] == (4 if ends == "well" else 2 if ends == "stopped" else 1)
    assert (seen["retry_at"] is not None) == (state == "queued")


def test_a_kind_whose_file_is_gone_fails_with_the_reason(desk: Desk) -> None:
    job_id, code = run(desk, "well", "gone")
    seen = desk.seen(job_id)
    assert (code, seen["state"]) == (0, "failed")
    assert "There is no job kind named 'gone'" in seen["reason"]


def test_an_artifact_store_that_cannot_be_used_fails_the_job(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", "gopher://x")
    seen = desk.seen(run(desk, "well")[0])
    assert seen["state"] == "failed"
    assert "ARENA_ARTIFACTS_URL" in seen["reason"]


def test_a_run_that_lost_its_job_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    job_id, code = run(desk, "lost")
    assert code == 0
    assert list(tmp_path.rglob("*")) == []
    assert (desk.seen(job_id)["state"], desk.seen(job_id)["generation"]) == ("running", 2)
