"""Weights sent in parts: resumed, checked as a whole, kept once by their hash, and nobody else's business."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from api.context import CHECKERS
from api.idempotency import HEADER
from arena.cli.upload import app
from arena.core.errors import BadRequest, UnknownUpload
from arena.flow import uploads as flow
from tests.integration.server import until
from tests.integration.uploads.sender import MADE_UP, PART, UPLOADS, Caller, kept
from tests.weights import sha256, sound


def test_a_file_is_sent_in_any_order_and_kept_by_its_hash(ada: Caller, store: Path) -> None:
    data = sound(20)
    found = ada.begin(data)
    count = found["part_count"]
    assert (found["state"], found["missing"]) == ("open", list(range(1, count + 1)))
    assert count > 3
    assert ada.complete(found)["code"] == "upload.incomplete"
    assert ada.send(found, data, 3, 1, 3)["missing"] == [n for n in range(1, count + 1) if n not in (1, 3)]
    ada.send(found, data, *range(count, 0, -1))
    done = ada.complete(found)
    assert (done["state"], done["missing"]) == ("ready", [])
    assert kept(store) == [f"uploads/{sha256(data)}/weights.safetensors"]
    assert (store / kept(store)[0]).read_bytes() == data
    assert ada.complete(found) == done, "twice is once"
    assert ada.send(found, data, 1)["code"] == "upload.busy"


def test_the_client_goes_on_where_it_was_cut_off(ada: Caller, store: Path, tmp_path: Path) -> None:
    file, told = tmp_path / "big.safetensors", list[tuple[int, int]]()
    file.write_bytes(sound(20))
    found = ada.begin(file.read_bytes())
    ada.send(found, file.read_bytes(), 1, 2)
    done = ada.client.upload(file, progress=lambda arrived, size: told.append((arrived, size)))
    assert (done["id"], done["state"]) == (found["id"], "ready")
    assert told[0] == (3 * PART, file.stat().st_size)
    assert told[-1] == (file.stat().st_size,) * 2
    assert len(told) == found["part_count"] - 2 + 1
    assert ada.client.upload(file)["id"] == found["id"]
    assert [one["id"] for one in ada.client.uploads()] == [found["id"]]


def test_the_command_sends_a_file_and_tells_its_hash(
    ada: Caller, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "big.safetensors"
    file.write_bytes(sound(20))
    monkeypatch.setenv("ARENA_API_KEY", ada.key)
    run = partial(CliRunner().invoke, app)
    told = run([str(file), "--url", url])
    assert told.output == f"big.safetensors is ready: {sha256(file.read_bytes())}\n"
    assert json.loads(run([str(file), "--url", url, "--json"]).output)["id"] == ada.client.uploads()[0]["id"]
    with pytest.raises(BadRequest, match="There is no file"):
        run([str(tmp_path / "none"), "--url", url], catch_exceptions=False)


def test_somebody_elses_upload_is_as_if_there_were_none(ada: Caller, bob: Caller, engine: Engine, url: str) -> None:
    data = sound(12)
    found = ada.begin(data)
    place = f"{UPLOADS}/{found['id']}"
    for method, path in (("GET", ""), ("PUT", "/parts/1"), ("POST", "/complete"), ("DELETE", "")):
        answer = bob.http.request(method, place + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "upload.unknown")
    assert bob.client.uploads() == []
    assert bob.begin(data)["missing"] == found["missing"], "knowing a hash gives nobody what others sent"
    assert httpx.get(url + place).status_code == 401
    reader = Caller(engine, url, "ada", "train")
    assert reader.http.get(place).status_code == 403
    assert reader.http.put(f"{place}/parts/1", content=data[:PART]).status_code == 403
    assert Caller(engine, url, "root", "admin").http.get(place).status_code == 200


def test_the_same_weights_of_two_owners_are_stored_once_until_the_last_one_goes(
    ada: Caller, bob: Caller, store: Path
) -> None:
    data = sound(12)
    first, second = ada.whole(data), bob.whole(data)
    assert first["id"] != second["id"]
    assert len(kept(store)) == 1
    ada.client.delete_upload(first["id"])
    assert len(kept(store)) == 1
    bob.client.delete_upload(second["id"])
    assert kept(store) == []


def test_two_that_complete_at_once_do_no_harm(ada: Caller, store: Path) -> None:
    data = sound(12)
    found = ada.begin(data)
    ada.send(found, data)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ada.complete(found), range(4)))
    assert {answer.get("code", "ready") for answer in answers} <= {"ready", "upload.busy"}
    assert ada.complete(found)["state"] == "ready"
    assert len(kept(store)) == 1


def test_every_upload_and_deletion_is_on_record(ada: Caller, engine: Engine) -> None:
    done = ada.whole(sound())
    ada.complete(done)
    ada.client.delete_upload(done["id"])
    with engine.connect() as connection:
        actions = list(connection.scalars(text("SELECT action FROM audit ORDER BY id")))
    assert actions == ["upload.completed", "upload.deleted"]


def test_only_what_an_owner_sent_is_usable_by_them(ada: Caller, bob: Caller, engine: Engine) -> None:
    data = sound()
    ada.whole(data)
    with engine.begin() as connection:
        assert flow.usable(connection, sha256(data), ada.owner_id).owner_id == ada.owner_id
        assert flow.usable(connection, sha256(data), None).owner_id == ada.owner_id
        with pytest.raises(UnknownUpload):
            flow.usable(connection, sha256(data), bob.owner_id)
    bob.begin(data)
    with engine.begin() as connection, pytest.raises(UnknownUpload):
        flow.usable(connection, sha256(data), bob.owner_id)


def test_files_that_are_checked_leave_room_for_the_posts_of_others(
    ada: Caller, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are to be checked, two are at once; and a client sends a key with every POST."""
    going, most, go = list[int](), list[int](), threading.Event()

    def slow(*_: object) -> None:
        going.append(1)
        most.append(len(going))
        assert go.wait(30)
        going.pop()

    monkeypatch.setattr("api.routes.uploads.flow.complete", slow)
    found = [ada.begin(sound(2, seed=100 * n)) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = [
            pool.submit(ada.http.post, f"{UPLOADS}/{one['id']}/complete", headers={HEADER: one["id"]}, timeout=60)
            for one in found
        ]
        try:
            until("two to be checked", lambda: len(most) >= CHECKERS)
            body = {"name": "w", "size": 1000, "sha256": MADE_UP}
            answer = bob.http.post(UPLOADS, json=body, headers={HEADER: "k"}, timeout=10)
            assert answer.status_code == 201
            assert max(most) == CHECKERS
        finally:
            go.set()
        assert {one.result().status_code for one in answers} == {200}
    assert max(most) == CHECKERS
