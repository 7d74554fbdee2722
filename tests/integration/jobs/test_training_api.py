"""What a training job tells over REST: rows in order, once or as they come; its checkpoints; and what is refused."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from arena.client import Client
from arena.core.errors import BadSpec
from arena.flow import launch
from arena.flow.submit import Submission, submit
from arena.store import players, training
from tests.integration.accounts import key_for, refused_with
from tests.integration.jobs.desk import Desk
from tests.integration.jobs.learning import RECIPE, Learning
from tests.integration.server import until
from tests.play import enter, order, settle

SSE = {"Accept": "text/event-stream"}
BODY: dict[str, Any] = json.loads(Path("examples/train/kuhn.json").read_text())


@pytest.fixture
def learning(desk: Desk) -> Learning:
    return Learning(desk)


@pytest.fixture
def me(desk: Desk, url: str) -> Iterator[Client]:
    with Client(url, key_for(desk.engine, "somebody", "train")) as me:
        yield me


def test_rows_come_in_order_and_in_pages(me: Client, learning: Learning) -> None:
    for step in (1, 2, 3):
        learning.update(step, loss=step / 4, nashconv__last=0.5)
    rows = me.job_metrics(str(learning.id))
    assert [(r["update"], r["generation"], r["numbers"]["loss"]) for r in rows] == [
        (1, 1, 0.25),
        (2, 1, 0.5),
        (3, 1, 0.75),
    ]
    assert rows[0]["numbers"]["nashconv.last"] == 0.5
    assert me.job_metrics(str(learning.id), limit=2) == rows[:2]
    assert me.job_metrics(str(learning.id), after=rows[1]["id"]) == rows[2:]


def test_a_stream_tells_rows_as_they_come_and_ends_with_the_job(me: Client, learning: Learning) -> None:
    learning.update(1, loss=1.0)
    heard: list[int] = []
    over = threading.Event()

    def listen() -> None:
        for row in me.follow_job(str(learning.id)):
            heard[len(heard) :] = [row["update"]]
        over.set()

    threading.Thread(target=listen, daemon=True).start()
    until("the past", lambda: heard == [1])
    learning.update(2, loss=2.0)
    until("the present", lambda: heard == [1, 2])
    learning.update(3, loss=3.0)
    learning.finish()
    assert over.wait(30)
    assert heard == [1, 2, 3]


def test_a_stream_goes_on_after_the_last_row_seen(desk: Desk, url: str, learning: Learning) -> None:
    for step in range(1, 6):
        learning.update(step, loss=0.0)
    learning.finish()
    rows = desk.do(training.metrics, learning.id)
    headers = {**SSE, "Authorization": f"Bearer {key_for(desk.engine, 'somebody', 'train')}"}
    path = f"{url}/api/v1/jobs/{learning.id}/metrics"
    answer = httpx.get(path, headers={**headers, "Last-Event-ID": str(rows[2].id)})
    assert answer.headers["content-type"].startswith("text/event-stream")
    ids = [line.removeprefix("id: ") for line in answer.text.splitlines() if line.startswith("id: ")]
    assert ids == [str(row.id) for row in rows[3:]]
    assert answer.text.split()[-4:] == ["event:", "end", "data:", '{"state":"done"}']
    wrong = httpx.get(path, headers={**headers, "Last-Event-ID": "7"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "request.invalid")


def test_checkpoints_tell_whom_they_became_and_where_that_stands(me: Client, desk: Desk, learning: Learning) -> None:
    first, second, other = enter(desk.engine, "early", "late", "other")
    learning.checkpoint(100)
    learning.checkpoint(200, first)
    learning.checkpoint(300, second)
    order(desk.engine, "kuhn_poker", (first, other))
    settle(desk.engine, None)
    found = me.job_checkpoints(str(learning.id))
    assert [(c["update"], c["player"]) for c in found] == [(100, None), (200, "early"), (300, "late")]
    assert [c["ratings"] for c in found if c["update"] != 200] == [[], []]
    (rating,) = found[1]["ratings"]
    (row,) = [r for r in me.leaderboard("kuhn_poker")["rows"] if r["player"] == "early"]
    assert rating == {"ladder": "kuhn_poker/open", "elo": row["elo"], "games": 1, "provisional": True}
    assert found[2]["folder"].startswith(f"jobs/{learning.id}/checkpoints/")


def test_both_are_their_owner_s(desk: Desk, url: str, learning: Learning) -> None:
    job_id = str(learning.id)
    with Client(url, key_for(desk.engine, "you", "train")) as you, Client(url) as nobody:
        for step in (you.job_metrics, you.job_checkpoints, lambda one: next(you.follow_job(one))):
            assert refused_with(step, job_id) == (404, "job.unknown")
        for step in (nobody.job_metrics, nobody.job_checkpoints):
            assert refused_with(step, job_id) == (401, "auth.missing")
    with Client(url, key_for(desk.engine, "x", "read")) as reader:
        assert refused_with(reader.job_metrics, job_id) == (403, "auth.forbidden")


def test_the_example_for_curl_is_launched(desk: Desk, url: str) -> None:
    headers = {"Authorization": f"Bearer {key_for(desk.engine, 'me', 'train')}"}
    answer = httpx.post(f"{url}/api/v1/jobs", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["spec"]) == (201, RECIPE)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("learning", "matches"), 0, "spec.learning.matches"),
        (("learning", "optimiser", "rate"), "fast", "spec.learning.optimiser.rate"),
        (("learning", "optimiser", "speed"), 1, "spec.learning.optimiser"),
        (("games", 0, "mode"), "think", "spec.games.0.mode"),
        (("games",), [], "spec.games"),
        (("colour",), "red", "colour"),
        (("rollout_hosts",), 5000, "spec.rollout_hosts"),
        (("games", 0, "name"), "ludo", "spec.games.0: There is no game named 'ludo'"),
        (("learning", "advantage"), {"kind": "luck"}, "spec.learning.advantage: There is no advantage named 'luck'"),
        (("policy", "spec"), {"width": -1}, "spec.policy.spec.width"),
        (("policy", "backend"), "gpt", "spec.policy: There is no policy backend named 'gpt'"),
        (("evaluations", 0, "kind"), "oracle", "spec.evaluations.0: The evaluation 'oracle' is nothing for kuhn_poker"),
        (("opponents",), [{"kind": "fixed", "spec": {"agent": "minimax"}}], "is nothing for kuhn_poker"),
        (("games",), [{"name": "kuhn_poker", "mode": "write"}], "checkpoints.promote = false"),
        (("games",), [{"name": "kuhn_poker", "variant": "three_players"}], "checkpoints.promote = false"),
    ],
)
def test_a_bad_spec_is_refused_with_the_place_of_the_mistake(
    desk: Desk, url: str, path: tuple[str | int, ...], value: object, where: str
) -> None:
    body = json.loads(json.dumps(BODY))
    place = body["spec"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    headers = {"Authorization": f"Bearer {key_for(desk.engine, 'me', 'train')}"}
    answer = httpx.post(f"{url}/api/v1/jobs", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "spec.invalid")
    assert where in "{detail} {todo}".format(**answer.json())
    assert desk.seen_all() == []


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ({"checkpoints": {"player": "theirs"}}, "player.name_taken"),
        ({"name": "theirs"}, "player.name_taken"),
        ({"name": "theirs", "checkpoints": {"player": "mine"}}, None),
        ({"name": "theirs", "checkpoints": {"promote": False}}, None),
        ({"checkpoints": {"player": "nobodys"}}, None),
    ],
)
def test_nobody_trains_somebody_else_s_player(desk: Desk, url: str, names: dict[str, Any], code: str | None) -> None:
    enter(desk.engine, "theirs")
    key = key_for(desk.engine, "me", "train")
    with desk.engine.begin() as connection:
        submit(connection, players.owner(connection, "me"), Submission("mine", "random"))
    with Client(url, key) as me:
        body = {"name": "any", "kind": "train", "spec": {**BODY["spec"], **names}}
        if code is None:
            assert me.launch(**body)["state"] == "queued"
        else:
            assert refused_with(me.launch, *body.values()) == (409, code)
            described = httpx.get(f"{url}/openapi.json").json()["paths"]["/api/v1/jobs"]["post"]["responses"]
            assert {"401", "403", "409", "422"} <= described.keys()
            assert desk.seen_all() == []


@pytest.mark.parametrize("file", sorted(Path("examples/train").glob("*.toml")), ids=lambda f: f.stem)
def test_every_recipe_fits_the_schema(engine: Engine, file: Path) -> None:
    from arena.cli.shared.jobs import read_plain

    recipe = read_plain(file)
    with engine.begin() as connection:
        owner = players.owner(connection, "me")
        launch.launch(connection, owner, recipe["name"], "train", recipe)
        with pytest.raises(BadSpec):
            launch.launch(connection, owner, recipe["name"], "train", {**recipe, "games": None})


def test_who_trained_a_checkpoint_may_submit_it_and_nobody_else_does(desk: Desk, url: str, learning: Learning) -> None:
    learning.checkpoint(100)
    spec = {"checkpoint": f"jobs/{learning.id}/checkpoints/00000100", "content_hash": "ab" * 32}
    with (
        Client(url, key_for(desk.engine, "somebody", "submit")) as owner,
        Client(url, key_for(desk.engine, "else", "submit")) as other,
    ):
        gone = (404, "artifact.unknown")
        assert refused_with(other.submit, "theirs", "checkpoint", spec) == gone
        assert refused_with(owner.submit, "mine", "checkpoint", {**spec, "checkpoint": "jobs/x"}) == gone
        assert owner.submit("mine", "checkpoint", spec, ["kuhn_poker"])["player"] == "mine"
    with Client(url, key_for(desk.engine, "root", "admin")) as root:
        assert root.submit("any", "checkpoint", {**spec, "checkpoint": "jobs/x"})["player"] == "any"
