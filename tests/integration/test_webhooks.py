"""Webhooks: signed, told at least once, queued exactly once, tried again, given up; never to a place inside."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from arena.client.webhooks import is_genuine
from arena.core.egress import Address
from arena.core.settings import Settings
from arena.flow import notify
from arena.flow.notify import ATTEMPTS, Notifier, wait_s
from arena.flow.outward import Outward
from arena.flow.relay import Relay
from arena.flow.submit import seat_references
from arena.store import deliveries, outbox
from arena.stream.feed import RedisFeed
from arena.stream.redis import connect
from tests.integration.accounts import key_for
from tests.integration.receiver import receiving
from tests.integration.server import serving, until
from tests.play import enter, order, settle

HOOKS = "/api/v1/webhooks"
ALL = ["player.qualified", "player.rejected", "match.finished", "case.opened"]


@dataclass
class House:
    """An arena's API and database, and its notifier when it is wanted."""

    engine: Engine
    redis_url: str
    http: httpx.Client
    made: dict[str, dict[str, str]] = field(default_factory=dict)

    def key(self, owner: str, *scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key_for(self.engine, owner, *scopes or ('submit',))}"}

    def hook(self, owner: str, url: str, *events: str) -> dict[str, Any]:
        headers = self.made.setdefault(owner, self.key(owner))
        answer = self.http.post(HOOKS, json={"url": url, "events": list(events or ALL)}, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def deliveries(self, owner: str, hook: dict[str, Any]) -> list[dict[str, Any]]:
        return self.http.get(f"{HOOKS}/{hook['id']}/deliveries", headers=self.made[owner]).json()

    def happens(self, event: str, **data: Any) -> None:
        with self.engine.begin() as connection:
            outbox.add(connection, [(event, data)])
        self.relay()

    def relay(self) -> None:
        client = connect(self.redis_url)
        while Relay(self.engine, RedisFeed(client, 1000), 1000).once():
            pass
        client.close()

    def hurry(self) -> None:
        """As if every wait were over."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE delivery SET next_at = now() WHERE state = 'waiting'"))
            connection.execute(text("UPDATE webhook SET retry_at = NULL"))

    @contextmanager
    def notifying(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=Notifier(self.engine, Settings.read(), stop).run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def house(engine: Engine, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("ARENA_SECRETS_KEY", "k" * 40)
    monkeypatch.setenv("ARENA_PRIVATE_ENDPOINTS", "127.0.0.0/8")
    monkeypatch.setattr(notify, "LOOK_S", 0.02)
    with engine.begin() as connection:
        seat_references(connection)
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield House(engine, redis_url, http)


def test_an_owner_is_told_of_their_own_matches_signed_and_once(house: House) -> None:
    seats = enter(house.engine, "mine", "theirs", "other")
    with receiving() as receiver, receiving() as elsewhere, house.notifying():
        hook = house.hook("owner of mine", receiver.url, "match.finished")
        house.hook("owner of other", elsewhere.url)
        for seed in range(3):
            order(house.engine, "kuhn_poker", seats[:2], seed)
        settle(house.engine, connect(house.redis_url))
        until("three messages", lambda: len(receiver.came) == 3)
        until("their ends", lambda: {d["state"] for d in house.deliveries("owner of mine", hook)} == {"delivered"})
        told = house.deliveries("owner of mine", hook)
    for headers, body in receiver.came:
        assert is_genuine(hook["secret"], headers, body)
        assert not is_genuine(hook["secret"], headers, body + b" ")
        assert not is_genuine(hook["secret"], {**headers, "webhook-id": "x"}, body)
        assert not is_genuine(hook["secret"], headers, body, now=int(headers["webhook-timestamp"]) + 301)
        message = json.loads(body)
        assert (message["type"], len(message["data"]["scores"])) == ("match.finished", 2)
        assert message["data"]["match_id"]
        assert message["data"]["players"] == ["mine", "theirs"]
    assert {h["webhook-id"] for h, _ in receiver.came} == {d["id"] for d in told}
    assert elsewhere.came == []


def test_a_player_s_fate_and_a_case_are_told_to_its_owner(house: House) -> None:
    mine, _ = enter(house.engine, "mine", "theirs")
    with receiving() as receiver, house.notifying():
        house.hook("owner of mine", receiver.url)
        for event in ("player.qualified", "player.rejected", "case.opened", "job.state", "player.submitted"):
            house.happens(event, version_id=str(mine), reason="too many illegal moves")
        until("three messages", lambda: len(receiver.came) == 3)
    assert [json.loads(b)["type"] for _, b in receiver.came] == ["player.qualified", "player.rejected", "case.opened"]
    assert json.loads(receiver.came[1][1])["data"]["reason"] == "too many illegal moves"


def test_what_was_before_the_webhook_is_not_told(house: House) -> None:
    (mine,) = enter(house.engine, "mine")
    with receiving() as receiver:
        house.hook("owner of mine", "http://127.0.0.1:60009/")
        house.happens("player.qualified", version_id=str(mine), n=1)
        house.hook("owner of mine", receiver.url)
        with house.notifying():
            house.happens("player.qualified", version_id=str(mine), n=2)
            until("a message", lambda: len(receiver.came) == 1)
    assert json.loads(receiver.came[0][1])["data"]["n"] == 2


def test_a_failed_delivery_is_tried_again_as_the_same_message_and_then_the_rest_follows(house: House) -> None:
    (mine,) = enter(house.engine, "mine")
    with receiving(500, 429, 204) as receiver, house.notifying():
        hook = house.hook("owner of mine", receiver.url)
        for n in range(2):
            house.happens("player.qualified", version_id=str(mine), n=n)
        until("a try", lambda: [d["status"] for d in house.deliveries("owner of mine", hook)] == [None, 500])
        (waits, failed) = house.deliveries("owner of mine", hook)
        assert (failed["state"], failed["reason"], waits["attempts"]) == ("waiting", "It answered 500.", 0)
        assert failed["next_at"] > failed["created_at"]
        assert house.http.get(f"{HOOKS}/{hook['id']}", headers=house.made["owner of mine"]).json()["retry_at"]
        house.hurry()
        until("another", lambda: house.deliveries("owner of mine", hook)[1]["status"] == 429)
        house.hurry()
        until("all", lambda: [d["state"] for d in house.deliveries("owner of mine", hook)] == ["delivered"] * 2)
    assert len({h["webhook-id"] for h, _ in receiver.came[:3]}) == 1
    assert [json.loads(b)["data"]["n"] for _, b in receiver.came] == [0, 0, 0, 1]


def test_it_is_given_up_after_about_a_day_and_at_once_where_the_receiver_is_gone(house: House) -> None:
    (mine,) = enter(house.engine, "mine")
    waits = [wait_s(n) for n in range(1, ATTEMPTS + 1)]
    assert waits[-1] is None
    assert 20 * 3600 < sum(w for w in waits if w) < 26 * 3600
    with receiving(500) as failing, receiving(410) as gone, house.notifying():
        hooks = [house.hook("owner of mine", receiver.url) for receiver in (failing, gone)]
        house.happens("player.qualified", version_id=str(mine))

        def first(hook: dict[str, Any]) -> dict[str, Any]:
            return next(iter(house.deliveries("owner of mine", hook)), {"state": "", "status": None})

        until("a try", lambda: first(hooks[0])["status"] == 500)
        with house.engine.begin() as connection:
            connection.execute(text("UPDATE delivery SET attempts = :n WHERE status = 500"), {"n": ATTEMPTS - 1})
        house.hurry()
        until("both ends", lambda: [first(hook)["state"] for hook in hooks] == ["dead", "dead"])
        assert [first(hook)["reason"] for hook in hooks] == ["It answered 500.", "It answered 410."]


def test_receivers_that_hang_hold_up_nobody_else(house: House) -> None:
    seats = enter(house.engine, "slow", "quick")
    with receiving(threading.Event()) as hanging, receiving() as receiver, house.notifying():
        for _ in range(5):
            house.hook("owner of slow", hanging.url)
        house.hook("owner of quick", receiver.url)
        for _ in range(3):
            order(house.engine, "kuhn_poker", seats)
        settle(house.engine, connect(house.redis_url))
        until("the quick one is told", lambda: len(receiver.came) == 3)
        assert len(hanging.came) == 1, "one at a time for an owner"


def test_an_event_is_queued_once_though_the_reader_dies_in_between(house: House) -> None:
    (mine,) = enter(house.engine, "mine")
    hook = house.hook("owner of mine", "http://127.0.0.1:60009/")
    for n in range(3):
        house.happens("player.qualified", version_id=str(mine), n=n)
    connection = house.engine.connect()
    assert notify.queue(connection) > 0
    connection.close()  # without a commit, as by a death
    for _ in range(2):
        with house.engine.begin() as connection:
            notify.queue(connection)
    assert [d["body"]["data"]["n"] for d in house.deliveries("owner of mine", hook)] == [2, 1, 0]


def test_a_ping_comes_and_a_deleted_webhook_is_told_nothing(house: House) -> None:
    with receiving() as receiver, house.notifying():
        hook = house.hook("ada", receiver.url)
        asked = house.http.post(f"{HOOKS}/{hook['id']}/ping", headers=house.made["ada"])
        assert (asked.status_code, asked.json()["event"]) == (202, "ping")
        until("the ping", lambda: len(receiver.came) == 1)
        assert house.http.delete(f"{HOOKS}/{hook['id']}", headers=house.made["ada"]).status_code == 204
    assert house.http.get(f"{HOOKS}/{hook['id']}", headers=house.made["ada"]).json()["code"] == "webhook.unknown"


def test_what_waits_is_bounded_by_its_age_and_by_what_came_after_it(house: House) -> None:
    (mine,) = enter(house.engine, "mine")
    hook = house.hook("owner of mine", "http://127.0.0.1:60009/")
    for n in range(5):
        house.happens("player.qualified", version_id=str(mine), n=n)
    with house.engine.begin() as connection:
        notify.queue(connection)
        late = (
            "UPDATE delivery SET created_at = now() - interval '25 hours' WHERE CAST(body AS jsonb)->'data'->>'n' = '4'"
        )
        connection.execute(text(late))
    with house.engine.begin() as connection:
        assert deliveries.expire(connection, notify.AGE_S, 3) == 3
        assert deliveries.expire(connection, notify.AGE_S, 3) == 0
    found = {d["body"]["data"]["n"]: (d["state"], d["reason"]) for d in house.deliveries("owner of mine", hook)}
    old, many = ("dead", "It could not be delivered in time."), ("dead", "Too many others came after it.")
    assert found == {0: many, 1: many, 2: ("waiting", None), 3: ("waiting", None), 4: old}


def test_a_second_ping_waits_for_the_first(house: House) -> None:
    hook = house.hook("ada", "http://127.0.0.1:60009/")
    codes = [house.http.post(f"{HOOKS}/{hook['id']}/ping", headers=house.made["ada"]).status_code for _ in range(2)]
    assert codes == [202, 409]


def test_secrets_are_sealed_and_told_once(house: House) -> None:
    hook = house.hook("ada", "https://example.org/x")
    listed = house.http.get(HOOKS, headers=house.made["ada"])
    assert hook["secret"] not in listed.text
    with house.engine.connect() as connection:
        stored = connection.scalars(text("SELECT secret FROM webhook")).one()
    assert hook["secret"].encode() not in stored


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "file:///etc/passwd", "ftp://example.org",
        "http://user:x@example.org/", "http://2130706433/", "not a url", "https://example.org:22/", "",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused(house: House, url: str) -> None:
    answer = house.http.post(HOOKS, json={"url": url, "events": ALL}, headers=house.key("ada"))
    assert (answer.status_code, answer.json()["code"]) == (422, "spec.url_refused")


def test_an_owner_has_twenty_at_most(house: House) -> None:
    for _ in range(20):
        house.hook("ada", "https://example.org/x")
    more = house.http.post(HOOKS, json={"url": "https://example.org/", "events": ALL}, headers=house.made["ada"])
    assert (more.status_code, more.json()["code"]) == (409, "webhook.too_many")


def finding(*addresses: str) -> Callable[[str, int], Any]:
    async def look_up(host: str, port: int) -> list[Address]:
        return [ip_address(address) for address in addresses]

    return look_up


def test_a_name_that_leads_inside_is_not_gone_to_and_a_redirect_is_not_followed() -> None:
    async def sent(url: str, *found: str) -> tuple[int | None, str]:
        outward = Outward([ip_network("127.0.0.1/32")], finding(*found))
        try:
            came = await outward.post(url, {"Host": "example.org"}, b"{}", 5.0)
        finally:
            await outward.close()
        return came.status, came.why

    with receiving(307) as receiver, receiving() as inside:
        receiver.location = inside.url
        name = receiver.url.replace("127.0.0.1", "bots.example.org")
        assert asyncio.run(sent(name, "127.0.0.1"))[0] == 307
        assert inside.came == []
        for found in (["10.0.0.1"], ["127.0.0.2"], ["127.0.0.1", "169.254.169.254"]):
            status, why = asyncio.run(sent(name, *found))
            assert (status, "not of the open Internet" in why) == (None, True)
        assert len(receiver.came) == 1
        assert asyncio.run(sent(name))[1] == "It cannot be connected to."
