"""No key of one owner reads or changes what is another's: every route of the API, tried with the other's ids."""

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from arena.store import jobs, keys, players, training
from arena.store.jobs import Claimed
from tests.integration.server import serving

SCOPES = ("read", "submit", "train")
PRIVATE = (
    "api_key", "job", "job_metric", "checkpoint", "webhook", "delivery", "repeat", "upload", "secret", "player_version",
)  # fmt: skip
"""Tables of which an owner's rows are theirs alone to change, and for the most part to read."""
ENDLESS = "/api/v1/feed"
PROBLEM = "application/problem+json"
MARK = "private-of-{}"


@dataclass
class Owner:
    """An owner with something of everything that is private, all of it marked."""

    name: str
    key: str
    ids: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def marks(self) -> list[str]:
        """What no answer to anybody else may hold."""
        return [MARK.format(self.name), *self.ids.values(), *self.secrets]


@dataclass
class Two:
    """Two owners, and an API."""

    engine: Engine
    http: httpx.Client
    ada: Owner
    bob: Owner

    def rows(self) -> dict[str, list[str]]:
        with self.engine.connect() as connection:
            return {t: sorted(str(row) for row in connection.execute(text(f"SELECT * FROM {t}"))) for t in PRIVATE}


def furnish(http: httpx.Client, engine: Engine, name: str) -> Owner:
    mark = MARK.format(name)
    with engine.begin() as connection:
        owner_id = players.owner(connection, name)
        key_id, key = keys.made(connection, owner_id, SCOPES, mark)
        other_id, _ = keys.made(connection, owner_id, ["read"], mark)
        job_id = jobs.add(connection, owner_id, {"name": mark, "kind": "selfplay", "spec": {"note": mark}})
        run = Claimed(job_id, 0, "train", {})
        training.add_metric(connection, run, 1, {mark: 1.0})
        training.add_checkpoint(connection, run, 1, mark, {}, None)
        connection.execute(text("UPDATE job SET state = 'cancelled' WHERE id = :id"), {"id": job_id})
        (metric,) = training.metrics(connection, job_id)
    owner = Owner(name, key, {"key_id": str(other_id), "job_id": str(job_id), "metric": str(metric.id)}, [key])
    owner.ids["own_key"] = str(key_id)
    made = http.post(
        "/api/v1/webhooks", json={"url": f"https://example.org/{mark}", "events": ["match.finished"]},
        headers={**owner.headers, "Idempotency-Key": "the-same"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    owner.ids["webhook_id"] = made.json()["id"]
    owner.secrets.append(made.json()["secret"])
    sent = http.post(f"/api/v1/webhooks/{owner.ids['webhook_id']}/ping", headers=owner.headers)
    owner.ids["delivery"] = sent.json()["id"]
    declared = {"name": mark, "size": 1000, "sha256": hashlib.sha256(mark.encode()).hexdigest()}
    upload = http.post("/api/v1/uploads", json=declared, headers=owner.headers)
    assert upload.status_code == 201, upload.text
    owner.ids["upload_id"] = upload.json()["id"]
    # The player has its owner's name, which is public: what it is, and is told in confidence, is not.
    spec = {"base_url": "https://models.example.org/v1", "model": f"{mark}-model"}
    player = {"name": name, "kind": "openai", "spec": spec, "secrets": {"api_key": f"{mark}-api-key"}}
    submitted = http.post("/api/v1/players", json=player, headers=owner.headers)
    assert submitted.status_code == 201, submitted.text
    owner.secrets.append(f"{mark}-api-key")
    return owner


@pytest.fixture
def two(engine: Engine, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.setenv("ARENA_SECRETS_KEY", "k" * 40)
    monkeypatch.setenv("ARENA_KEY_RATE", "1000000000")
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Two(engine, http, furnish(http, engine, "ada"), furnish(http, engine, "bob"))


def operations(two: Two) -> list[tuple[str, str, dict[str, Any]]]:
    told = two.http.get("/openapi.json").json()
    found = [(method.upper(), path, op) for path, of in told["paths"].items() for method, op in of.items()]
    return [one for one in found if one[1] != ENDLESS]


def example(two: Two, operation: dict[str, Any]) -> Any:
    """The body that the description gives as an example, if it takes one."""
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2]
    return two.http.get("/openapi.json").json()["components"]["schemas"][name]["example"]


def filled(path: str, ids: dict[str, str], fallback: str) -> str:
    return re.sub(r"{(\w+)}", lambda m: ids.get(m[1], fallback), path)


def tries(two: Two, owner: Owner) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation on every id of an owner's, in the path and as a cursor, with and without a body."""
    for method, path, operation in operations(two):
        wrong = [owner.ids, *(dict.fromkeys(re.findall(r"{(\w+)}", path), one) for one in owner.ids.values())]
        bodies = [None, {}, example(two, operation)] if method == "POST" else [None]
        names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        cursors: list[dict[str, str]] = [
            {},
            *({n: i} for n in names if n in {"before", "after"} for i in owner.ids.values()),
        ]
        for ids, body, query in itertools.product(wrong if "{" in path else [{}], bodies, cursors):
            yield method, filled(path, ids, owner.name), {"json": body, "params": query}


def test_one_owners_key_neither_sees_nor_changes_what_is_anothers(two: Two) -> None:
    before = two.rows()
    private = {row for rows in before.values() for row in rows}
    tried = 0
    for headers in (two.ada.headers, {}):
        for method, path, given in tries(two, two.bob):
            sent = {**headers, "Idempotency-Key": "the-same"} if method == "POST" and tried % 2 else headers
            answer = two.http.request(method, path, headers=sent, **given)
            tried += 1
            asked = f"{method} {path} {given}"
            assert answer.status_code < 500, asked
            # What was asked for by name may be named in the refusal: nothing else of it.
            told = answer.text
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == PROBLEM, asked
                for one in (path, *path.split("/"), *given["params"].values()):
                    told = told.replace(one, "")
            leaked = [mark for mark in two.bob.marks if mark in told + str(answer.headers.get("location", ""))]
            assert not leaked, f"{asked} told {leaked}"
    assert tried > 500
    after = {row for rows in two.rows().values() for row in rows}
    lost = [row for row in private - after if "private-of-bob" in row or any(i in row for i in two.bob.ids.values())]
    assert not lost, "nothing of the other's has changed or gone"


def test_the_marks_are_seen_by_their_owner(two: Two) -> None:
    """Else the test above would show nothing: each mark can be read, with the key it belongs to."""
    told = ""
    for method, path, given in tries(two, two.bob):
        if method == "GET":
            told += two.http.get(path, headers=two.bob.headers, params=given["params"]).text
    seen = [mark for mark in two.bob.marks if mark in told]
    assert sorted(seen) == sorted(set(two.bob.marks) - set(two.bob.secrets)), "all but what is told once"


def test_the_same_idempotency_key_of_two_owners_is_two(two: Two) -> None:
    body = {"url": "https://example.org/x", "events": ["match.finished"]}
    for owner in (two.ada, two.bob):
        headers = {**owner.headers, "Idempotency-Key": "shared"}
        assert two.http.post("/api/v1/webhooks", json=body, headers=headers).status_code == 201


HOSTILE = (
    (b'{"name": "' + b"x" * 10_000_000 + b'"}', 413, "request.too_large"),
    (b"[" * 100_000 + b"]" * 100_000, 422, "request.invalid"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 422, "request.invalid"),
    (b'{"name": "\xff\xfe"}', 422, "request.invalid"),
    (b"{", 422, "request.invalid"),
    (b"", 422, "request.invalid"),
    (b"NaN", 422, "request.invalid"),
    (b'{"name": "\\u00fc\\u202e\\u0000"}', 422, "request.invalid"),
    (b'{"name": "a", "kind": "selfplay", "spec": {"a": 1e999}}', 422, None),
    (b'{"name": "a", "kind": "random", "spec": {"a": "\\u0000"}}', 422, None),
    (b'{"name": "a", "kind": "selfplay", "spec": {"matches": 1' + b"0" * 5000 + b"}}", 422, None),
    (b'{"name": "\\ud800", "kind": "\\ud800", "spec": {"\\ud800": 1}}', 422, None),
    (b'{"name": "a", "kind": "selfplay", "spec": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", 422, None),
)
REFUSED = (
    ("GET", "/api/v1/nothing", 404, "route.unknown"), ("GET", "/nothing", 404, "route.unknown"),
    ("PUT", "/api/v1/players", 405, "route.method"), ("POST", "/api/v1/nothing", 404, "route.unknown"),
    ("GET", "/api/v1/players/%00", 422, "request.invalid"), ("DELETE", "/api/v1/keys", 405, "route.method"),
    ("GET", "/api/v1/players/%F0%9F%A4%96", 404, "player.unknown"),
    ("GET", "/api/v1/matches/1", 422, "request.invalid"),
    ("GET", "/api/v1/leaderboards/%ff", 404, "game.unknown"), ("GET", "/api/v1/keys?after=%00", 422, "request.invalid"),
    ("GET", "/api/v1/exports/matches.jsonl?since=yesterday", 422, "request.invalid"),
    ("GET", "/api/v1/exports/matches.jsonl?game=%00", 404, "game.unknown"),
    ("GET", "/api/v1/exports/matches.jsonl?player=%00", 422, "request.invalid"),
)  # fmt: skip
REPEATS: tuple[dict[str, str], ...] = ({}, {"Idempotency-Key": "k"})


def test_hostile_bodies_are_refused_in_one_way_and_change_nothing(two: Two) -> None:
    before, wrong = two.rows(), list[str]()
    for path in ("/api/v1/players", "/api/v1/jobs", "/api/v1/webhooks", "/api/v1/keys"):
        for repeat in REPEATS:
            for body, status, code in HOSTILE:
                headers = {**two.ada.headers, "Content-Type": "application/json", **repeat}
                answer = two.http.post(path, content=body, headers=headers)
                told = answer.json()
                fits = answer.status_code == status and (code is None or told["code"] == code)
                if not fits or answer.headers["content-type"] != PROBLEM or len(answer.content) > 5000:
                    wrong.append(f"{path} {repeat} {body[:60]!r}: {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert two.rows() == before


def test_every_error_is_a_problem_with_a_code_and_what_to_do(two: Two) -> None:
    for method, path, status, code in REFUSED:
        answer = two.http.request(method, path, headers=two.ada.headers)
        assert answer.headers["content-type"] == PROBLEM, path
        told = answer.json()
        assert (answer.status_code, told["status"], told["code"]) == (status, status, code), path
        assert told["todo"], path
