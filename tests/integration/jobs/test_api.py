"""Jobs over REST, through the client and through the command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from arena.client import Client, ClientError
from tests.integration.accounts import key_for, refused_with
from tests.integration.jobs.desk import SPEC, Desk

NEW: dict[str, Any] = {"name": "ten-hands", "kind": "selfplay", "spec": SPEC}


def test_a_job_s_life_through_the_client(desk: Desk, url: str) -> None:
    with Client(url, key_for(desk.engine, "me", "train")) as me:
        job = me.launch(**NEW)
        assert (job["state"], job["owner"], job["spec"], job["progress"]) == ("queued", "me", SPEC, None)
        assert me.jobs() == [job]
        assert me.pause_job(job["id"])["state"] == "paused"
        assert me.resume_job(job["id"])["state"] == "queued"
        assert desk.begin() is not None
        assert me.pause_job(job["id"])["wish"] == "pause"
        assert me.cancel_job(job["id"])["wish"] == "cancel"
        assert refused_with(me.resume_job, job["id"]) == (409, "job.ended")
        desk.lose(desk.seen_all()[0]["id"])
        assert desk.begin() is None
        assert me.job(job["id"])["state"] == "cancelled"
        assert me.cancel_job(job["id"])["state"] == "cancelled"
        for step in (me.pause_job, me.resume_job):
            assert refused_with(step, job["id"]) == (409, "job.ended")


def test_jobs_are_listed_by_their_state_and_a_state_that_is_none_is_refused(desk: Desk, url: str) -> None:
    with Client(url, key_for(desk.engine, "me", "train")) as me:
        waits, paused = me.launch(**NEW), me.launch(**NEW)
        me.pause_job(paused["id"])
        assert [job["id"] for job in me.jobs(state="paused")] == [paused["id"]]
        assert [job["id"] for job in me.jobs()] == [paused["id"], waits["id"]]
        assert me.jobs(state="done") == []
        assert refused_with(lambda: me.jobs(state="foo")) == (422, "request.invalid")


def test_a_failed_job_cannot_be_paused_and_is_to_be_mended(desk: Desk, url: str) -> None:
    with Client(url, key_for(desk.engine, "me", "train")) as me:
        job_id = me.launch(**NEW)["id"]
        desk.put(UUID(job_id), "state = 'failed', reason = 'There is no such model.'")
        with pytest.raises(ClientError, match="resume it") as raised:
            me.pause_job(job_id)
        assert raised.value.code == "job.ended"
        assert me.resume_job(job_id)["state"] == "queued"


def test_a_job_is_its_owner_s_and_an_admin_s(desk: Desk, url: str) -> None:
    with (
        Client(url, key_for(desk.engine, "me", "train")) as me,
        Client(url, key_for(desk.engine, "you", "train")) as you,
        Client(url, key_for(desk.engine, "chief", "train", "admin")) as chief,
    ):
        job = me.launch(**NEW)
        assert you.jobs() == []
        for step in (you.job, you.pause_job, you.resume_job, you.cancel_job):
            assert refused_with(step, job["id"]) == (404, "job.unknown")
        assert me.job(job["id"]) == job
        assert chief.jobs() == [job]
        assert chief.cancel_job(job["id"])["state"] == "cancelled"


@pytest.mark.parametrize(("scopes", "status"), [(None, 401), (("read", "submit"), 403)])
def test_jobs_need_a_key_with_the_scope_train(
    desk: Desk, url: str, scopes: tuple[str, ...] | None, status: int
) -> None:
    job_id = desk.launch()
    headers = {"Authorization": f"Bearer {key_for(desk.engine, 'x', *scopes)}"} if scopes else {}
    ways = [("GET", ""), ("POST", ""), ("GET", f"/{job_id}"), ("DELETE", f"/{job_id}")]
    for method, path in (*ways, ("POST", f"/{job_id}/pause"), ("POST", f"/{job_id}/resume")):
        body = {"json": NEW} if method == "POST" else {}
        assert httpx.request(method, f"{url}/api/v1/jobs{path}", headers=headers, **body).status_code == status
    assert desk.seen(job_id)["state"] == "queued"


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"kind": "mining"}, "kind.unknown", "selfplay"),
        ({"spec": {**SPEC, "matches": 0}}, "spec.invalid", "spec.matches"),
        ({"spec": {**SPEC, "depth": 1}}, "spec.invalid", "depth"),
        ({"spec": {}}, "spec.invalid", "docs/jobs.md"),
        ({"name": "../x"}, "request.invalid", "name"),
        ({"colour": "red"}, "request.invalid", "colour"),
    ],
)
def test_what_cannot_be_launched_is_told(desk: Desk, url: str, change: dict[str, Any], code: str, said: str) -> None:
    headers = {"Authorization": f"Bearer {key_for(desk.engine, 'me', 'train')}"}
    answer = httpx.post(f"{url}/api/v1/jobs", json={**NEW, **change}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert said in answer.text
    assert desk.seen_all() == []


def arena(url: str, key: str, *words: str) -> "subprocess.CompletedProcess[str]":
    given = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    given |= {"ARENA_URL": url, "ARENA_API_KEY": key, "ARENA_HOME": "/nowhere"}
    command = (sys.executable, "-m", "arena.cli.main", "jobs", *words)
    return subprocess.run(command, capture_output=True, text=True, env=given, timeout=60, check=False)


def test_the_command_launches_lists_pauses_and_cancels(desk: Desk, url: str, tmp_path: Path) -> None:
    key = key_for(desk.engine, "me", "train")
    file = tmp_path / "job.toml"
    file.write_text('name = "hands"\nkind = "selfplay"\n[spec]\ngame = "kuhn_poker"\nmatches = 5\n'
                    'seats = [{kind = "cfr"}, {kind = "random"}]\n')  # fmt: skip
    job = json.loads(arena(url, key, "launch", str(file), "--json").stdout)
    assert (job["state"], job["spec"]["matches"]) == ("queued", 5)
    assert "hands" in arena(url, key, "list").stdout
    assert json.loads(arena(url, key, "pause", job["id"], "--json").stdout)["state"] == "paused"
    assert "paused" in arena(url, key, "follow", job["id"]).stdout
    assert arena(url, key, "resume", job["id"]).returncode == 0
    assert json.loads(arena(url, key, "cancel", job["id"], "--json").stdout)["state"] == "cancelled"
    late = arena(url, key, "resume", job["id"])
    assert (late.returncode, "[job.ended]" in late.stderr) == (1, True)
    assert "cancelled" in arena(url, key, "show", job["id"]).stdout


def test_following_a_job_that_fails_tells_why_and_ends_with_1(desk: Desk, url: str) -> None:
    job_id = desk.launch()
    desk.put(job_id, "state = 'failed', reason = 'kuhn_poker has 2 seats, not 3.'")
    done = arena(url, key_for(desk.engine, "somebody", "train"), "follow", str(job_id))
    assert done.returncode == 1
    assert "kuhn_poker has 2 seats, not 3." in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.toml", None, "cannot be read"),
        ("bad.toml", "name = ", "is neither TOML nor JSON"),
        ("bad.json", "{", "is neither TOML nor JSON"),
        ("list.json", "[]", "`name`"),
        ("short.toml", 'name = "x"\nkind = "selfplay"', "spec"),
        ("nan.toml", 'name = "x"\nkind = "selfplay"\n[spec]\nmatches = nan', "JSON"),
        ("date.toml", 'name = "x"\nkind = "selfplay"\n[spec]\nwhen = 2026-01-01', "JSON"),
        ("dir", "", "cannot be read"),
    ],
)
def test_a_file_that_is_no_job_is_told(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    file = tmp_path / name
    if name == "dir":
        file.mkdir()
    elif text is not None:
        file.write_text(text)
    done = arena("http://127.0.0.1:9", "arena_x", "launch", str(file))
    assert done.returncode == 1
    assert "[request.invalid]" in done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") <= 2
