"""What a caller is told of a request that cannot be used: where, and what would do."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.testclient import TestClient, WebSocketDenialResponse

from api.app import create_app
from api.wanted import PATTERNS
from arena.core.settings import Settings
from arena.store import database

ALL = {"name": "a", "days": 1, "tags": ["a"]}


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: str = ""
    weight: float = 0


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    days: Annotated[float, Field(gt=0)]
    tags: Annotated[list[Literal["a", "b"]], Field(min_length=1)]
    part: "Thing | None" = None
    parts: list[Part] = []
    named: dict[str, Part] = {}
    hues: list[Literal["green", "red", "violet"]] = []
    whole: Annotated[int, Field(le=9)] = 0


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The application, without its servers, and with a route that takes a thing."""
    app = create_app(Settings(), database.connect("postgresql://127.0.0.1:1/none"), "redis://127.0.0.1:1/0")

    @app.post("/api/v1/things")
    def take(thing: Thing, at: UUID | None = None) -> None: ...

    @app.post("/api/v1/maybe")
    def perhaps(part: Part | None = None) -> None: ...

    return app


@pytest.fixture(scope="module")
def http(app: FastAPI) -> TestClient:
    return TestClient(app)


def refused(answer: httpx.Response) -> tuple[str, str]:
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "request.invalid")
    return told["detail"], told["todo"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": ...}, "body.name is missing."),
        ({"name": "A b"}, f"body.name: it must be {PATTERNS['^[a-z0-9][a-z0-9._-]{0,63}$']}."),
        ({"name": 3}, "body.name: it must be a text."),
        ({"days": 0}, "body.days: it must be more than 0.0."),
        ({"days": "soon"}, "body.days: it must be a number."),
        ({"tags": []}, "body.tags: it must be 1 or more of them."),
        ({"tags": ["a", "c"]}, "body.tags.1: it must be 'a' or 'b'."),
        ({"tags": "a"}, "body.tags: it must be a list."),
        ({"part": {**ALL, "days": ...}}, "body.part.days is missing."),
        ({"part": 3}, "body.part: it must be an object."),
        ({"whole": 1.5}, "body.whole: it must be a whole number."),
        ({"whole": 10}, "body.whole: it must be 9 or less."),
        ({"nmae": 1}, "body.nmae: there is no such field."),
    ],
)
def test_a_body_is_told_the_place_and_what_would_do(http: TestClient, change: dict[str, Any], told: str) -> None:
    assert refused(http.post("/api/v1/things", json=kept({**ALL, **change})))[0] == told


@pytest.mark.parametrize(
    ("tag", "todo"),
    [("gren", "Did you mean `green`? Correct it;"), ("zzz", "Correct it;"), (3, "Correct it;"), (["x"], "Correct it;")],
)
def test_a_value_that_is_no_choice_is_told_the_nearest(http: TestClient, tag: Any, todo: str) -> None:
    what, told = refused(http.post("/api/v1/things", json={**ALL, "hues": [tag]}))
    assert what == "body.hues.0: it must be 'green', 'red' or 'violet'."
    assert told.startswith(todo)


ON_TOP = "There are: days, hues, name, named, part, parts, tags, whole."
BELOW = "There are: colour, weight."


@pytest.mark.parametrize(
    ("body", "place", "todo"),
    [
        ({**ALL, "nmae": 1}, "body.nmae", f"Did you mean `name`? {ON_TOP}"),
        ({"days": 1, "tags": ["a"], "nmae": "a"}, "body.nmae", f"Did you mean `name`? {ON_TOP}"),
        ({**ALL, "zzz": 1}, "body.zzz", ON_TOP),
        ({**ALL, "part": {**ALL, "tag": ["a"]}}, "body.part.tag", f"Did you mean `tags`? {ON_TOP}"),
        ({**ALL, "parts": [{}, {"color": "x"}]}, "body.parts.1.color", f"Did you mean `colour`? {BELOW}"),
        ({**ALL, "named": {"x": {"wieght": 1}}}, "body.named.x.wieght", f"Did you mean `weight`? {BELOW}"),
    ],
)  # fmt: skip
def test_a_field_that_there_is_not_is_told_the_nearest_of_those_that_there_are(
    http: TestClient, body: dict[str, Any], place: str, todo: str
) -> None:
    assert refused(http.post("/api/v1/things", json=body)) == (f"{place}: there is no such field.", todo)


def test_a_body_that_may_be_left_out_is_told_too(http: TestClient) -> None:
    told = refused(http.post("/api/v1/maybe", json={"color": "x"}))
    assert told[1] == f"Did you mean `colour`? {BELOW}"


def kept(body: dict[str, Any]) -> dict[str, Any]:
    return {k: kept(v) if isinstance(v, dict) else v for k, v in body.items() if v is not ...}


def test_so_is_what_is_no_json_or_no_body_or_no_id(http: TestClient) -> None:
    typed = {"Content-Type": "application/json"}
    assert refused(http.post("/api/v1/things", content='{"name": ', headers=typed)) == (
        "body, character 9: this is no JSON (Expecting value).", "Send JSON.",
    )  # fmt: skip
    assert refused(http.post("/api/v1/things", content="{}"))[0] == "body is not said to be JSON."
    assert refused(http.post("/api/v1/things"))[0] == "body is missing."
    assert refused(http.post("/api/v1/things?at=x", json=ALL))[0] == "query.at: it must be an id: a UUID."


def test_a_message_shows_no_more_than_a_little_of_what_was_sent(http: TestClient) -> None:
    assert len(refused(http.post("/api/v1/things", json={**ALL, "x" * 9000: 1}))[0]) < 300
    assert len(refused(http.get(f"/api/v1/games?{'x' * 9000}=1"))[0]) < 300


def test_a_parameter_is_given_once(http: TestClient) -> None:
    """The first, or the last, would be taken in silence."""
    what, todo = refused(http.get("/api/v1/players?status=active&status=paused"))
    assert (what, todo) == ("The parameter 'status' is given 2 times.", "Give it once.")


@pytest.mark.parametrize(
    ("path", "todo"),
    [
        ("/api/v1/matches?gmae=x", "Did you mean `game`? There are: before, game, league, limit, player, purpose."),
        ("/api/v1/exports/games.pgn?zzz=x", "There are: game, league, player, purpose, since, until."),
        ("/api/v1/players?state=active",
         "Did you mean `status`? There are: after, game, kind, league, limit, owner, status."),
        ("/api/v1/games?x", "There are none here."),
        ("/api/v1/games?limit=1&=2", "There are none here."),
    ],
)  # fmt: skip
def test_a_parameter_that_there_is_not_is_refused_with_those_that_there_are(
    http: TestClient, path: str, todo: str
) -> None:
    what, told = refused(http.get(path))
    assert what.startswith("There is no parameter '")
    assert told.endswith(todo)


def test_a_bot_is_told_too(http: TestClient) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as told,
        http.websocket_connect("/api/v1/bots/ada/connect?version=2"),
    ):
        pass
    assert told.value.json()["detail"] == "There is no parameter 'version'."


def test_links_to_pages_may_gather_parameters_on_their_way(http: TestClient) -> None:
    assert http.get("/healthz?utm_source=x").status_code == 200
    assert http.get("/static/arena.css?v=3").status_code == 200


def test_every_pattern_is_told_in_words(app: FastAPI) -> None:
    told = {pattern for name, pattern in _patterns(app.openapi()) if name != "Idempotency-Key"}
    assert told == PATTERNS.keys()


def _patterns(schema: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield name, schema["pattern"]
        for value in schema.values():
            yield from _patterns(value, schema.get("name", name) if isinstance(schema.get("name"), str) else name)
    if isinstance(schema, list):
        for value in schema:
            yield from _patterns(value, name)
