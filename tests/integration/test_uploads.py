"""Weights sent in parts: resumed, checked as a whole, kept once by their hash, and nobody else's business."""

import gzip
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, event, text
from typer.testing import CliRunner

from api.context import CHECKERS
from api.idempotency import HEADER
from arena.cli.upload import app
from arena.client import Client, ClientError
from arena.core.errors import BadRequest, BadUpload, UnknownUpload
from arena.flow import uploads as flow
from arena.store import keys, players, uploads
from arena.store.artifacts import Artifacts
from tests.integration.server import serving, until
from tests.weights import file_of, numbers, sha256, sound

MADE_UP = "0" * 64
PART = 4000
UPLOADS = "/api/v1/uploads"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The artifact store, with parts so small that a small file has several."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", folder.as_uri())
    monkeypatch.setenv("ARENA_UPLOADS_MB", "1")
    monkeypatch.setattr("api.routes.uploads.PART_BYTES", PART)  # imported first, with what it really is
    monkeypatch.setattr("api.guard.PART_BYTES", PART)
    monkeypatch.setattr(uploads, "PART_BYTES", PART)
    return folder


@pytest.fixture
def url(engine: Engine, redis_url: str, store: Path) -> Iterator[str]:
    with serving(engine, redis_url) as url:
        yield url


class Caller:
    """Somebody with a key: raw requests, and the client."""

    def __init__(self, engine: Engine, url: str, owner: str, scope: str = "submit") -> None:
        with engine.begin() as connection:
            self.owner_id = players.owner(connection, owner)
            self.key = keys.add(connection, self.owner_id, [scope])
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {self.key}"})
        self.client = Client(url, self.key)

    def begin(self, data: bytes, **change: Any) -> dict[str, Any]:
        body = {"name": "w.safetensors", "size": len(data), "sha256": sha256(data), **change}
        answer = self.http.post(UPLOADS, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def send(self, found: dict[str, Any], data: bytes, *numbers: int) -> dict[str, Any]:
        size, now = found["part_bytes"], found
        for number in numbers or range(1, found["part_count"] + 1):
            part = data[(number - 1) * size : number * size]
            answer = self.http.put(f"{UPLOADS}/{found['id']}/parts/{number}", content=part)
            if answer.is_error:
                return answer.json()
            now = answer.json()
        return now

    def complete(self, found: dict[str, Any]) -> dict[str, Any]:
        return self.http.post(f"{UPLOADS}/{found['id']}/complete").json()

    def whole(self, data: bytes, **change: Any) -> dict[str, Any]:
        found = self.begin(data, **change)
        answer = self.send(found, data)
        return answer if "code" in answer else self.complete(found)


@pytest.fixture
def ada(engine: Engine, url: str) -> Caller:
    return Caller(engine, url, "ada")


@pytest.fixture
def bob(engine: Engine, url: str) -> Caller:
    return Caller(engine, url, "bob")


def kept(store: Path) -> list[str]:
    """What the store holds, as paths."""
    return sorted(str(file.relative_to(store)) for file in store.rglob("*") if file.is_file())


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


BAD: dict[str, bytes] = {
    "pickle": b"\x80\x05cos\nsystem\n(S'true'\ntR." + bytes(2000),
    "torch archive": b"PK\x03\x04archive/data.pkl" + bytes(2000),
    "gzip bomb": gzip.compress(bytes(3_000_000)),
    "path in a name": file_of({"../x": {"dtype": "F32", "shape": [500], "data_offsets": [0, 2000]}}, bytes(2000)),
    "cut short": sound(20)[:-1],
    "too long": sound(20) + b"x",
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_file_of_weights_is_refused_with_its_first_part_and_nothing_is_stored(
    case: str, ada: Caller, store: Path, engine: Engine
) -> None:
    found = ada.begin(BAD[case])
    answer = ada.send(found, BAD[case], 1)
    assert (answer["status"], answer["code"]) == (422, "upload.invalid")
    assert kept(store) == []
    now = ada.http.get(f"{UPLOADS}/{found['id']}").json()
    assert now["state"] == "refused"
    assert now["reason"] in answer["detail"]
    assert ada.complete(found)["code"] == "upload.invalid"
    with engine.begin() as connection:
        assert uploads.used(connection, ada.owner_id) == (0, 0), "it does not count"


@pytest.mark.parametrize("change", [{"sha256": MADE_UP}, {"size": 5000}])
def test_what_was_not_declared_is_refused_and_nothing_is_stored(
    change: dict[str, Any], ada: Caller, store: Path
) -> None:
    data = sound(20)
    found = ada.begin(data, **change)
    answer = ada.send(found, data)
    answer = answer if "code" in answer else ada.complete(found)
    assert (answer["status"], answer["code"]) == (422, "upload.invalid")
    assert kept(store) == []
    assert ada.whole(data)["state"] == "ready", "one may try again"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "gewicht\u202e.safetensors", "ß", "a\x00b", "a" * 101, ".x"]
)
def test_names_that_are_none_are_refused(name: str, ada: Caller, store: Path) -> None:
    answer = ada.http.post(UPLOADS, json={"name": name, "size": 100, "sha256": MADE_UP})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


def test_parts_that_are_none_are_refused_and_leave_nothing(ada: Caller, store: Path) -> None:
    data = sound(20)
    found = ada.begin(data)
    place = f"{UPLOADS}/{found['id']}/parts"
    refused = [
        ada.http.put(f"{place}/0", content=b"x"),
        ada.http.put(f"{place}/{found['part_count'] + 1}", content=b"x"),
        ada.http.put(f"{place}/-1", content=b"x"),
        ada.http.put(f"{place}/99999999999999999999999", content=b"x"),
        ada.http.put(f"{place}/1", content=data[: PART - 1]),
        ada.http.put(f"{place}/1", content=b""),
        ada.http.put(f"{place}/1", content=data[:PART], headers={"Content-Encoding": "gzip"}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(422, "upload.invalid")}
    large = ada.http.put(f"{place}/1", content=data[: PART + 1])
    assert (large.status_code, large.json()["code"]) == (413, "request.too_large")
    assert ada.http.put(f"{place}/..%2f..%2fx", content=b"x").status_code in (404, 422)
    assert kept(store) == []


def test_one_owner_may_keep_so_much_and_have_so_many_under_way(ada: Caller, bob: Caller) -> None:
    answer = ada.http.post(UPLOADS, json={"size": 1_000_001, "sha256": MADE_UP})
    assert (answer.status_code, answer.json()["code"]) == (409, "upload.quota")
    answer = ada.http.post(UPLOADS, json={"size": 2**31 + 1, "sha256": MADE_UP})
    assert (answer.status_code, "One file has at most" in answer.json()["detail"]) == (409, True)
    for number in range(flow.MOST_OPEN):
        ada.begin(sound(2, seed=100 * number))
    answer = ada.http.post(UPLOADS, json={"size": 100, "sha256": MADE_UP})
    assert (answer.status_code, answer.json()["code"]) == (409, "upload.quota")
    assert bob.begin(sound())["state"] == "open"
    ada.client.delete_upload(ada.client.uploads()[0]["id"])
    assert ada.begin(sound(4, seed=7))["state"] == "open"


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


def test_another_size_for_the_same_hash_is_refused(ada: Caller) -> None:
    ada.begin(sound())
    answer = ada.http.post(UPLOADS, json={"size": 100, "sha256": sha256(sound())})
    assert answer.json()["code"] == BadUpload.code


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.code


def test_the_client_tells_why_a_file_was_refused(ada: Caller, tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    file.write_bytes(b"PK\x03\x04" + numbers(900).tobytes())
    assert refusal(lambda: ada.client.upload(file)) == "upload.invalid"


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
