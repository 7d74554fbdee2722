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
WAITING = text("""
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted AND objid = :key
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")


@pytest.fixture
def http(engine: Engine, redis_url: str) -> Iterator[httpx.Client]:
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, timeout=60) as http:
        yield http


class Holder:
    """Keys as their holders know them: with which each was made, and in place of which. Where it stands is not kept."""

    def __init__(self, engine: Engine, http: httpx.Client) -> None:
        self.engine, self.http = engine, http
        self.secret: dict[str, str] = {}
        self.scopes: dict[str, list[str]] = {}
        self.by: dict[str, str] = {}
        self.replaces: dict[str, str] = {}
        """Of those that were made with what they replace, or with an elder of that."""
        self.rotated: set[str] = set()
        self.revoked: set[str] = set()
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE api_key, audit CASCADE"))
            for scopes in (["admin"], ["submit", "train"]):
                key_id, key = keys.made(connection, players.owner(connection, "ada"), scopes)
                self.know({"id": str(key_id), "key": key, "scopes": scopes}, None)

    def know(self, told: dict[str, Any], by: str | None) -> str:
        self.secret[told["id"]], self.scopes[told["id"]] = told["key"], told["scopes"]
        if by is not None:
            self.by[told["id"]] = by
        return told["id"]

    def rotate(self, by: str, old: str, told: dict[str, Any]) -> None:
        if by == old or by in self.elders(old):
            self.replaces[told["id"]] = old
        self.rotated.add(old)
        self.know(told, by)

    def one(self, number: int) -> str:
        return [*self.secret][number % len(self.secret)]

    def ask(self, by: str, method: str, path: str = "", body: Any = None) -> httpx.Response:
        return self.http.request(method, KEYS + path, json=body, headers={"Authorization": f"Bearer {self.secret[by]}"})

    def may(self, by: str, scopes: list[str]) -> bool:
        return "admin" in self.scopes[by] or {*scopes} <= {*self.scopes[by]}

    def line(self, key_id: str) -> list[str]:
        """A key, what it was made with, what that was made with, and so on."""
        line = [key_id]
        while line[-1] in self.by:
            line.append(self.by[line[-1]])
        return line

    def elders(self, key_id: str) -> set[str]:
        """What a key comes from, or took the place of something that it comes from."""
        found, waiting = set[str](), [key_id]
        while waiting:
            one = waiting.pop()
            near = {self.by.get(one), self.replaces.get(one)} - {None}
            near |= {new for new, old in self.replaces.items() if old == one and one != key_id}
            fresh = {other for other in near if other is not None} - found - {key_id}
            found |= fresh
            waiting += fresh
        return found

    def may_go(self, key_id: str) -> set[str]:
        """What may end with a key: nothing that does not come from it."""
        return {one for one in self.secret if one == key_id or key_id in self.elders(one)} - self.revoked

    def must_go(self, key_id: str) -> set[str]:
        """The law: what was made with a key, directly or not, ends with it.

        Except what replaces it, made with it or with an elder, and what that took over: made with the key before.
        """
        order = [*self.secret]
        last = max((order.index(new) for new, old in self.replaces.items() if old == key_id), default=-1)
        going = {key_id}
        for one in self.secret:
            line = self.line(one)
            if key_id in line[1:]:
                made = line[line.index(key_id) - 1]
                if self.replaces.get(made) != key_id and order.index(made) > last:
                    going.add(one)
        return going - self.revoked


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
                assert told(answer)["made_by"] == who
                self.all.know(answer.json(), who)

        @rule(by=ANY, which=ANY)
        def rotate(self, by: int, which: int) -> None:
            self.rotated(self.all.one(by), self.all.one(which))

        @rule(which=ANY)
        def rotate_with_itself(self, which: int) -> None:
            self.rotated(self.all.one(which), self.all.one(which))

        @rule(by=ANY)
        def rotate_the_maker(self, by: int) -> None:
            who = self.all.one(by)
            self.rotated(who, self.all.by.get(who, who))

        def rotated(self, who: str, old: str) -> None:
            answer = self.all.ask(who, "POST", f"/{old}/rotate")
            if who in self.all.revoked:
                assert answer.status_code == 401
            elif old in self.all.revoked:
                assert answer.status_code == 404
            elif not self.all.may(who, self.all.scopes[old]):
                assert answer.status_code == 403
            else:
                assert told(answer)["replaces"] == old
                self.all.rotate(who, old, answer.json())
                if who == old:
                    with engine.connect() as connection:
                        assert lineage.below(connection, UUID(old)) == [UUID(old)]

        @rule(by=ANY, which=ANY)
        def revoke(self, by: int, which: int) -> None:
            who, key = self.all.one(by), self.all.one(which)
            answer = self.all.ask(who, "DELETE", f"/{key}")
            if who in self.all.revoked:
                assert answer.status_code == 401
            elif not self.all.may(who, self.all.scopes[key]):
                assert answer.status_code == 403
            elif answer.status_code == 409:
                assert self.admins() <= self.all.may_go(key)
            else:
                gone = {one["id"] for one in told(answer)["revoked"]}
                if key in self.all.revoked:
                    assert not gone
                else:
                    assert self.all.must_go(key) <= gone <= self.all.may_go(key)
                self.all.revoked |= gone

        def admins(self) -> set[str]:
            """Those that may administer and are not replaced."""
            held = {one for one, scopes in self.all.scopes.items() if "admin" in scopes}
            return held - self.all.revoked - self.all.rotated

        @invariant()
        def somebody_administers(self) -> None:
            assert self.admins()

        @invariant()
        def what_was_revoked_opens_nothing_and_the_rest_does(self) -> None:
            with engine.connect() as connection:
                ids = [UUID(one) for one in self.all.secret]
                assert {str(one) for one in keys.usable(connection, ids)} == {*self.all.secret} - self.all.revoked

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
    spare = ada.know(told(ada.ask(stolen, "POST", body={"scopes": ["submit"]})), stolen)
    second = told(ada.ask(spare, "POST", body={"scopes": ["submit"], "name": "for later"}))
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
    ada.know(kept, mine)
    ended = told(ada.ask(kept["id"], "DELETE", f"/{kept['id']}"))["revoked"]
    assert {key["id"] for key in ended} == {kept["id"], made["id"]}


def test_what_an_answer_that_was_taken_for_lost_was_used_for_goes_with_it(ada: Holder) -> None:
    mine = [*ada.secret][1]
    made = ada.know(told(ada.ask(mine, "POST", body={"scopes": ["submit"]})), mine)
    lost = ada.know(told(ada.ask(mine, "POST", f"/{mine}/rotate")), mine)
    taken = told(ada.ask(lost, "POST", body={"scopes": ["submit"]}))["id"]
    known = told(ada.ask(lost, "POST", f"/{made}/rotate"))["id"]
    told(ada.ask(mine, "POST", f"/{mine}/rotate"))
    ended = told(ada.ask(mine, "DELETE", f"/{lost}"))["revoked"]
    assert {key["id"] for key in ended} == {lost, taken, known}


def test_a_thief_does_not_lift_a_second_key_out_by_rotating_the_stolen_one_with_it(ada: Holder) -> None:
    stolen = [*ada.secret][1]
    second = ada.know(told(ada.ask(stolen, "POST", body={"scopes": ["submit", "train"]})), stolen)
    third = told(ada.ask(second, "POST", f"/{stolen}/rotate"))
    assert third["made_by"] == second
    ended = told(ada.ask(stolen, "DELETE", f"/{stolen}"))
    assert {key["id"] for key in ended["revoked"]} == {stolen, second, third["id"]}
    assert ended["replaced_by"] == []


def test_who_revokes_a_rotated_key_is_told_what_it_was_rotated_to(ada: Holder) -> None:
    admin, mine = ada.secret
    first = ada.know(told(ada.ask(mine, "POST", f"/{mine}/rotate")), mine)
    second = told(ada.ask(first, "POST", f"/{first}/rotate"))
    assert (second["made_by"], second["replaces"]) == (None, first)
    listed = told(ada.ask(admin, "GET"))
    assert {key["id"]: key["replaces"] for key in listed} == {admin: None, mine: None, first: mine, second["id"]: first}
    ended = told(ada.ask(mine, "DELETE", f"/{mine}"))
    assert [key["id"] for key in ended["revoked"]] == [mine]
    assert ended["replaced_by"] == sorted([first, second["id"]])
    told(ada.ask(first, "DELETE", f"/{first}"))
    assert told(ada.ask(admin, "DELETE", f"/{mine}"))["replaced_by"] == [second["id"]]


def test_an_owner_has_so_many_keys_and_makes_room_by_revoking(ada: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST", 3)
    admin, mine = ada.secret
    spare = told(ada.ask(mine, "POST", body={"scopes": ["submit"]}))["id"]
    for by, path, body in ((admin, "", {"scopes": ["submit"]}), (mine, f"/{mine}/rotate", None)):
        answer = ada.ask(by, "POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "key.too_many")
    told(ada.ask(mine, "DELETE", f"/{spare}"))
    told(ada.ask(mine, "POST", f"/{mine}/rotate"))


def test_a_key_made_while_its_maker_is_revoked_does_not_outlive_it(ada: Holder) -> None:
    """The revocation has read what goes with the key, and is not done: who makes one more waits, and is refused."""
    mine = [*ada.secret][1]
    answers: list[httpx.Response] = []
    with ada.engine.begin() as connection:
        lineage.hold(connection)
        thief = threading.Thread(target=lambda: answers.append(ada.ask(mine, "POST", body={"scopes": ["submit"]})))
        thief.start()
        while not connection.scalars(WAITING, {"key": lineage.CHANGING}).one():
            assert thief.is_alive(), answers
        keys.revoke(connection, lineage.below(connection, UUID(mine)))
    thief.join()
    assert answers[0].json()["code"] == "auth.missing"
