"""What the store keeps of uploads whatever happens: faults, lost files, late parts, and what is swept."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from arena.flow import uploads as flow
from arena.store import uploads
from arena.store.artifacts import Artifacts
from tests.integration.uploads.sender import UPLOADS, Caller, kept
from tests.weights import sha256, sound


def test_what_nobody_goes_on_with_is_swept_and_what_is_ready_stays(ada: Caller, engine: Engine, store: Path) -> None:
    ready = ada.whole(sound(12))
    left = ada.begin(sound(13))
    ada.send(left, sound(13), 1)
    going = ada.begin(sound(14))
    ada.send(going, sound(14), 1)
    (store / "upload-parts" / "nobodys").mkdir()
    (store / "upload-parts" / "nobodys" / "000001").write_bytes(b"x")
    with engine.begin() as connection:
        old = text("UPDATE upload SET touched_at = now() - interval '25 hours' WHERE id IN (:a, :b)")
        connection.execute(old, {"a": left["id"], "b": ready["id"]})
    artifacts = Artifacts(store.as_uri())
    assert flow.sweep(engine, artifacts) == 1
    assert kept(store) == [f"upload-parts/{going['id']}/000001", f"uploads/{ready['sha256']}/weights.safetensors"]
    assert flow.sweep(engine, artifacts) == 0
    assert {one["id"] for one in ada.client.uploads()} == {ready["id"], going["id"]}


def test_the_desk_outlives_a_store_that_is_away(engine: Engine, store: Path, caplog: pytest.LogCaptureFixture) -> None:
    (store / "upload-parts").write_text("in the way")
    flow.Tidying(engine, store.as_uri()).once()
    assert "abandoned uploads stay" in caplog.text


def test_trouble_of_the_arenas_own_leaves_an_upload_that_can_be_completed(
    ada: Caller, engine: Engine, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = sound(12)
    found = ada.begin(data)
    ada.send(found, data)
    (store / "uploads").write_text("in the way")
    assert ada.complete(found)["status"] >= 500
    (store / "uploads").unlink()
    assert ada.complete(found)["state"] == "ready"


def test_parts_that_were_lost_are_asked_for_again(ada: Caller, store: Path) -> None:
    data = sound(12)
    found = ada.begin(data)
    ada.send(found, data)
    (store / "upload-parts" / found["id"] / "000002").unlink()
    assert ada.complete(found)["code"] == "upload.incomplete"
    ada.send(found, data)
    assert ada.complete(found)["state"] == "ready"


def test_a_deletion_that_is_not_committed_deletes_nothing(ada: Caller, engine: Engine, store: Path) -> None:
    data = sound(12)
    done = ada.whole(data)

    def fail(connection: Connection) -> None:
        if connection.scalar(text("SELECT count(*) FROM upload")) == 0:
            raise OSError("the database is gone")

    event.listen(engine, "commit", fail)
    try:
        assert ada.http.delete(f"{UPLOADS}/{done['id']}").status_code >= 500
    finally:
        event.remove(engine, "commit", fail)
    assert ada.http.get(f"{UPLOADS}/{done['id']}").json()["state"] == "ready"
    assert kept(store) == [f"uploads/{sha256(data)}/weights.safetensors"]
    assert ada.http.delete(f"{UPLOADS}/{done['id']}").status_code == 204
    assert kept(store) == []


def test_weights_that_were_lost_are_not_played_with_and_can_be_sent_again(
    ada: Caller, engine: Engine, store: Path
) -> None:
    data = sound(12)
    done = ada.whole(data)
    (store / kept(store)[0]).unlink()
    spec = {"upload": done["sha256"], "form": "tiny"}
    player = {"name": "p", "kind": "weights", "spec": spec, "games": ["kuhn_poker"]}
    refused = ada.http.post("/api/v1/players", json=player)
    assert (refused.status_code, refused.json()["code"]) == (404, "upload.unknown")
    again = ada.begin(data)
    assert (again["id"], again["state"], len(again["missing"])) == (done["id"], "open", done["part_count"])
    ada.send(again, data)
    assert ada.complete(again)["state"] == "ready"
    assert ada.http.post("/api/v1/players", json=player).is_success


def test_a_part_that_comes_too_late_leaves_nothing(
    ada: Caller, engine: Engine, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was on its way when its twin arrived, and the upload was completed."""
    data = sound(12)
    found = ada.begin(data)
    ada.send(found, data)
    expect, late = flow.expect, list[dict[str, Any]]()

    def overtaken(kept: uploads.Kept, number: int) -> int:
        late.append({})
        if len(late) == 1:
            with engine.begin() as connection:
                current = uploads.one(connection, kept.id)
            assert current
            flow.complete(engine, Artifacts(store.as_uri()), current)
        return expect(kept, number)

    monkeypatch.setattr("api.routes.uploads.flow.expect", overtaken)
    assert ada.send(found, data, 2)["code"] == "upload.busy"
    assert kept(store) == [f"uploads/{sha256(data)}/weights.safetensors"]


def test_what_was_left_by_who_was_killed_is_swept(ada: Caller, engine: Engine, store: Path) -> None:
    """Parts of what is complete; what a check left half-written, once it is old; weights that no upload names."""
    ready = ada.whole(sound(12))
    parts, whole = store / "upload-parts" / ready["id"], store / "uploads" / ready["sha256"]
    lost, foreign = store / "uploads" / ("a" * 64), store / "uploads" / "readme"
    for folder in (parts, lost, foreign):
        folder.mkdir(parents=True)
    for file in (parts / "000001", whole / ".weights.old", whole / ".weights.new", lost / ".w", foreign / "x"):
        file.write_bytes(b"x")
    day_old = time.time() - 25 * 3600
    os.utime(whole / ".weights.old", (day_old, day_old))
    flow.sweep(engine, Artifacts(store.as_uri()))
    stays = f"uploads/{ready['sha256']}"
    assert kept(store) == sorted([f"{stays}/.weights.new", f"{stays}/weights.safetensors", "uploads/readme/x"])
    assert not lost.exists()
