"""Uploads that are refused: no weights, not what was declared, too many, too large. Nothing of them is stored."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from arena.core.errors import BadUpload
from arena.flow import uploads as flow
from arena.store import uploads
from tests.integration.accounts import refused
from tests.integration.uploads.sender import MADE_UP, PART, UPLOADS, Caller, kept
from tests.weights import file_of, numbers, sha256, sound

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


def test_another_size_for_the_same_hash_is_refused(ada: Caller) -> None:
    ada.begin(sound())
    answer = ada.http.post(UPLOADS, json={"size": 100, "sha256": sha256(sound())})
    assert answer.json()["code"] == BadUpload.code


def test_the_client_tells_why_a_file_was_refused(ada: Caller, tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    file.write_bytes(b"PK\x03\x04" + numbers(900).tobytes())
    assert refused(lambda: ada.client.upload(file)) == "upload.invalid"
