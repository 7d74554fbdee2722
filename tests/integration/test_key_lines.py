"""What a key takes with it when it is revoked, and what goes on when it is replaced: laws, and one thief's story."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from arena.store import keys, lineage, players
from tests.integration.server import serving

KEYS = "/api/v1/keys"
ANY = st.integers(0, 99)
"""Which of the keys there are, counted round."""


@pytest.fixture
def http(engine: Engine, redis_url: str) -> Iterator[httpx.Client]:
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, timeout=60) as http:
        yield http


class Holder:
    """Keys as their holders know them, and what should go with what."""

    def __init__(self, engine: Engine, http: httpx.Client) -> None:
        self.engine, self.http = engine, http
        self.secret: dict[str, str] = {}
        self.scopes: dict[str, list[str]] = {}
        self.maker: dict[str, str | None] = {}
        self.inherited: dict[str, set[str]] = {}
        self.successor: dict[str, str] = {}
        self.revoked: set[str] = set()
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE api_key, audit CASCADE"))
            for scopes in (["admin"], ["submit", "train"]):
                key_id, key = keys.made(connection, players.owner(connection, "ada"), scopes)
                self.know(str(key_id), key, scopes, None)

    def know(self, key_id: str, key: str, scopes: list[str], maker: str | None) -> None:
        self.secret[key_id], self.scopes[key_id], self.maker[key_id] = key, scopes, maker

    def one(self, number: int) -> str:
        return [*self.secret][number % len(self.secret)]

    def ask(self, by: str, method: str, path: str = "", body: Any = None) -> httpx.Response:
        return self.http.request(method, KEYS + path, json=body, headers={"Authorization": f"Bearer {self.secret[by]}"})

    def may(self, by: str, scopes: list[str]) -> bool:
        return "admin" in self.scopes[by] or {*scopes} <= {*self.scopes[by]}

    def line(self, key_id: str) -> list[str]:
        """A key, what it was made with, and so on."""
        line = [key_id]
        while (maker := self.maker[line[-1]]) is not None:
            assert maker not in line
            line.append(maker)
        return line

    def below(self, key_id: str) -> set[str]:
        return {one for one in self.secret if key_id in self.line(one) and one not in self.revoked}

    def replace(self, old: str, new: str, by: str) -> None:
        """What was made with the old key is the new one's; those whom the caller comes from are left out of it."""
        lost = self.successor.get(old)
        heirs = {one for one, maker in self.maker.items() if maker == old}
        heirs |= {one for one in self.inherited.get(lost or "", set()) if self.maker[one] == lost}
        callers, before, of_old = {*self.line(by)}, self.maker[old], self.line(old)
        self.maker.update({one: before if one in callers else new for one in heirs})
        self.maker[new] = before if by in of_old else by
        self.inherited[new], self.successor[old] = heirs - callers, new


def laws(engine: Engine, http: httpx.Client) -> type:
    class Laws(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.all = Holder(engine, http)

        @rule(by=ANY, scopes=st.sampled_from([["admin"], ["submit"], ["submit", "train"]]))
        def make(self, by: int, scopes: list[str]) -> None:
            who = self.all.one(by)
            answer = self.all.ask(who, "POST", body={"scopes": scopes})
            if who in self.all.revoked:
                assert answer.status_code == 401
            elif not self.all.may(who, scopes):
                assert answer.status_code == 403
            else:
                told = answer.json()
                assert told["made_by"] == who
                self.all.know(told["id"], told["key"], scopes, who)

        @rule(by=ANY, which=ANY)
        def rotate(self, by: int, which: int) -> None:
            who, old = self.all.one(by), self.all.one(which)
            answer = self.all.ask(who, "POST", f"/{old}/rotate")
            if who in self.all.revoked:
                assert answer.status_code == 401
            elif old in self.all.revoked:
                assert answer.status_code == 404
            elif not self.all.may(who, self.all.scopes[old]):
                assert answer.status_code == 403
            else:
                told = answer.json()
                self.all.know(told["id"], told["key"], told["scopes"], None)
                self.all.replace(old, told["id"], who)
                assert told["made_by"] == self.all.maker[told["id"]]

        @rule(by=ANY, which=ANY)
        def revoke(self, by: int, which: int) -> None:
            who, key = self.all.one(by), self.all.one(which)
            going = self.all.below(key) if key not in self.all.revoked else set[str]()
            answer = self.all.ask(who, "DELETE", f"/{key}")
            if who in self.all.revoked:
                assert answer.status_code == 401
            elif not self.all.may(who, self.all.scopes[key]):
                assert answer.status_code == 403
            elif answer.status_code == 409:
                assert not self.admins() - going
            else:
                assert {one["id"] for one in answer.json()["revoked"]} == going
                self.all.revoked |= going

        def admins(self) -> set[str]:
            """Those that may administer and are not replaced."""
            held = {one for one, scopes in self.all.scopes.items() if "admin" in scopes}
            return held - self.all.revoked - self.all.successor.keys()

        @invariant()
        def somebody_administers(self) -> None:
            assert self.admins()

        @invariant()
        def what_was_made_with_a_revoked_key_opens_nothing(self) -> None:
            with engine.connect() as connection:
                ids = [UUID(one) for one in self.all.secret]
                assert {str(one) for one in keys.usable(connection, ids)} == {*self.all.secret} - self.all.revoked
                for one in ids:
                    assert [str(id_) for id_ in lineage.above(connection, one)] == self.all.line(str(one))

    return Laws


def test_keys_go_with_what_made_them_and_not_with_what_they_replaced(engine: Engine, http: httpx.Client) -> None:
    bounds = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[*HealthCheck])
    run_state_machine_as_test(laws(engine, http), settings=bounds)


@pytest.fixture
def ada(engine: Engine, http: httpx.Client) -> Holder:
    return Holder(engine, http)


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_what_a_thief_made_goes_with_the_stolen_key_and_all_of_it_is_on_record(ada: Holder) -> None:
    admin, stolen = ada.secret
    ada.know("spare", told(ada.ask(stolen, "POST", body={"scopes": ["submit"]}))["key"], ["submit"], stolen)
    second = told(ada.ask("spare", "POST", body={"scopes": ["submit"], "name": "for later"}))
    ended = told(ada.ask(stolen, "DELETE", f"/{stolen}"))["revoked"]
    assert len(ended) == 3
    assert ended[-1]["name"] == "for later"
    assert all(key["revoked_at"] for key in ended)
    entries = told(ada.http.get("/api/v1/audit", headers={"Authorization": f"Bearer {ada.secret[admin]}"}))["entries"]
    with_it = {e["subject"]: e["detail"].get("made_with") for e in entries if e["action"] == "key.revoked"}
    assert with_it == {ended[0]["id"]: None, ended[1]["id"]: stolen, second["id"]: stolen}


def test_a_key_that_was_rotated_again_since_the_answer_was_lost_takes_nothing_along(ada: Holder) -> None:
    mine = [*ada.secret][1]
    made = told(ada.ask(mine, "POST", body={"scopes": ["submit"]}))
    lost, kept = (told(ada.ask(mine, "POST", f"/{mine}/rotate")) for _ in range(2))
    assert [key["id"] for key in told(ada.ask(mine, "DELETE", f"/{lost['id']}"))["revoked"]] == [lost["id"]]
    assert [key["id"] for key in told(ada.ask(mine, "DELETE", f"/{mine}"))["revoked"]] == [mine]
    ada.know(kept["id"], kept["key"], kept["scopes"], None)
    ended = told(ada.ask(kept["id"], "DELETE", f"/{kept['id']}"))["revoked"]
    assert {key["id"] for key in ended} == {kept["id"], made["id"]}


def test_a_key_made_while_its_maker_is_revoked_does_not_outlive_it(ada: Holder) -> None:
    """The revocation has read what goes with the key, and is not done: who makes one more waits, and is refused."""
    mine = [*ada.secret][1]
    answers: list[httpx.Response] = []
    with ada.engine.begin() as connection:
        lineage.hold(connection)
        thief = threading.Thread(target=lambda: answers.append(ada.ask(mine, "POST", body={"scopes": ["submit"]})))
        thief.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not connection.scalars(waits).one():
            assert thief.is_alive(), answers
        keys.revoke(connection, lineage.below(connection, UUID(mine)))
    thief.join()
    assert answers[0].json()["code"] == "auth.missing"
