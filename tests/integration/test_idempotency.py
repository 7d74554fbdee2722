"""Idempotency keys: whatever is sent again is done once and answered alike; on every route; and never across owners."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from api.idempotency import HEADER, REPLAYED
from arena.client import Client
from arena.store import players, repeats
from tests.integration.accounts import key_for
from tests.integration.server import serving

OWNERS = "/api/v1/owners"
PROBLEM = "application/problem+json"


@dataclass
class Door:
    """A served API, asked by an admin."""

    url: str
    engine: Engine
    http: httpx.Client

    def key(self, owner: str, *scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key_for(self.engine, owner, *scopes)}"}

    def post(self, path: str, body: Any, key: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.http.post(self.url + path, json=body, headers={HEADER: key, **(headers or {})})

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            return connection.scalars(text(f"SELECT count(*) FROM {table}")).one()


@pytest.fixture
def door(engine: Engine, redis_url: str) -> Iterator[Door]:
    with serving(engine, redis_url) as url, httpx.Client(timeout=60) as http:
        door = Door(url, engine, http)
        http.headers.update(door.key("chief", "admin"))
        yield door


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == PROBLEM
    return answer.status_code, answer.json()["code"]


def test_the_same_request_again_is_answered_alike_and_done_once(door: Door) -> None:
    job = {"name": "hands", "kind": "selfplay", "spec": {"game": "kuhn_poker", "seats": [{"kind": "random"}] * 2}}
    job["spec"]["matches"] = 3
    first, again = (door.post("/api/v1/jobs", job, "k1") for _ in range(2))
    assert first.status_code == again.status_code == 201, first.text
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert door.count("job") == 1
    assert door.post("/api/v1/jobs", job, "k2").json()["id"] != first.json()["id"]


def test_a_key_with_another_body_or_path_is_refused(door: Door) -> None:
    assert door.post(OWNERS, {"name": "ada"}, "k").status_code == 201
    assert code(door.post(OWNERS, {"name": "bob"}, "k")) == (422, "idempotency.reused")
    assert code(door.post("/api/v1/keys", {"name": "ada"}, "k")) == (422, "idempotency.reused")
    assert door.post(OWNERS, {"name": "ada"}, "k").headers[REPLAYED]


def test_a_refusal_is_not_kept_and_changes_nothing(door: Door) -> None:
    assert code(door.post(OWNERS, {"name": "A B"}, "k")) == (422, "request.invalid")
    assert door.post(OWNERS, {"name": "ada"}, "k").status_code == 201
    assert code(door.post(OWNERS, {"name": "ada"}, "other")) == (409, "player.name_taken")
    assert door.count("repeat") == 1


def test_what_fails_to_be_kept_is_not_done_either(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the process died here")

    monkeypatch.setattr(repeats, "keep", fails)
    before = door.count("owner"), door.count("audit")
    assert code(door.post(OWNERS, {"name": "ada"}, "k")) == (500, "arena.error")
    assert (door.count("owner"), door.count("audit")) == before
    monkeypatch.undo()
    assert door.post(OWNERS, {"name": "ada"}, "k").status_code == 201


def test_two_at_once_are_done_once(door: Door) -> None:
    answers: list[httpx.Response] = []
    go = threading.Barrier(6)

    def ask() -> None:
        go.wait()
        answers.append(door.post(OWNERS, {"name": "ada"}, "k"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [a for a in answers if a.status_code == 201]
    rest = [a for a in answers if a.status_code != 201]
    assert len({a.content for a in done}) == 1
    assert sum(REPLAYED not in a.headers for a in done) == 1
    assert {code(a) for a in rest} <= {(409, "idempotency.under_way")}
    assert all(a.headers["retry-after"] == "1" for a in rest)


def test_one_that_is_under_way_is_told_so_and_not_waited_for(door: Door) -> None:
    with door.engine.begin() as connection:
        owner = players.owner_id(connection, "chief")
        assert owner is not None
        assert repeats.claim(connection, owner, "k")
        answer = door.post(OWNERS, {"name": "ada"}, "k")
        assert code(answer) == (409, "idempotency.under_way")
        assert answer.headers["retry-after"] == "1"
    assert door.post(OWNERS, {"name": "ada"}, "k").status_code == 201


def test_a_key_that_was_made_is_not_kept_to_be_told_again(door: Door) -> None:
    body = {"scopes": ["submit"], "name": "laptop"}
    made = door.post("/api/v1/keys", body, "k").json()["key"]
    assert code(door.post("/api/v1/keys", body, "k")) == (409, "idempotency.secret")
    assert door.count("api_key") == 2
    with door.engine.connect() as connection:
        assert made.encode() not in b"".join(
            row.body or b"" for row in connection.execute(text("SELECT body FROM repeat"))
        )


def test_keys_of_two_owners_do_not_meet_and_a_lesser_key_is_not_told(door: Door) -> None:
    ada, weak, bob = door.key("ada", "submit", "train"), door.key("ada", "read"), door.key("bob", "submit")
    spec = {"game": "kuhn_poker", "seats": [{"kind": "random"}] * 2, "matches": 3}
    job = {"name": "hands", "kind": "selfplay", "spec": spec}
    assert door.post("/api/v1/jobs", job, "k", ada).status_code == 201
    assert code(door.post("/api/v1/jobs", job, "k", bob)) == (403, "auth.forbidden")
    assert code(door.post("/api/v1/jobs", job, "k", weak)) == (403, "auth.forbidden")
    assert code(door.post("/api/v1/jobs", job, "k", {"Authorization": "Bearer arena_none"})) == (401, "auth.missing")
    assert door.count("job") == 1


def test_after_a_day_a_key_is_free_and_what_was_kept_is_deleted(door: Door) -> None:
    assert door.post(OWNERS, {"name": "ada"}, "k").status_code == 201
    with door.engine.begin() as connection:
        connection.execute(text("UPDATE repeat SET created_at = now() - interval '25 hours'"))
    assert door.post(OWNERS, {"name": "bob"}, "k").status_code == 201
    with door.engine.begin() as connection:
        connection.execute(text("UPDATE repeat SET created_at = now() - interval '25 hours'"))
        assert repeats.forget_old(connection) == 1


NEED_NONE = {
    "/api/v1/uploads/{upload_id}/complete",  # a file is checked once; it may take minutes, and would hold a transaction
    "/api/v1/bots/{player}/answers",  # a turn is answered once; what comes again for it is told so
}


def test_every_post_takes_a_key(door: Door) -> None:
    paths = door.http.get(f"{door.url}/openapi.json").json()["paths"]
    posts = {path: known["post"] for path, known in paths.items() if "post" in known}
    assert len(posts) >= 7
    assert posts.keys() > NEED_NONE
    for path in NEED_NONE:
        assert HEADER not in [p["name"] for p in posts[path]["parameters"]], path
    for path in posts.keys() - NEED_NONE:
        known = posts[path]
        assert HEADER in [p["name"] for p in known["parameters"]], path
        filled = path
        for parameter in known["parameters"]:
            filled = filled.replace(f"{{{parameter['name']}}}", str(uuid4()))
        assert code(door.post(filled, {}, "not one word")) == (422, "idempotency.key_invalid"), path
        assert code(door.post(filled, "x" * 1_000_001, "k")) == (413, "request.too_large"), path


def test_the_client_sends_again_what_was_lost_on_the_way(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    bearer = door.http.headers["Authorization"].removeprefix("Bearer ")
    with Client(door.url, bearer) as arena:
        sent = arena._http.request
        lost = iter([True, False])

        def request(*given: Any, **more: Any) -> httpx.Response:
            answer = sent(*given, **more)
            if next(lost):
                raise httpx.ReadError("the answer was lost")
            return answer

        monkeypatch.setattr(arena._http, "request", request)
        assert arena.make_owner("ada")["name"] == "ada"
    assert door.count("owner") == 2
