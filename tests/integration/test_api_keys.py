"""Accounts and keys: who may make what, what a key opens, that the last admin stays, and that all is on record."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from alembic import command
from sqlalchemy import Engine, text
from starlette.testclient import TestClient, WebSocketDenialResponse

from api.app import create_app
from arena.cli.supervise.home import Home
from arena.cli.supervise.prepare import ensure_admin_key
from arena.client import Client
from arena.core.settings import Settings
from arena.flow.submit import seat_references
from tests.integration.accounts import Accounts, refusal, refused
from tests.integration.server import serving
from tests.integration.test_months import migrate


@pytest.fixture
def url(engine: Engine, redis_url: str) -> Iterator[str]:
    with engine.begin() as connection:
        seat_references(connection)
    with serving(engine, redis_url) as url:
        yield url


def test_an_admin_gives_somebody_an_account_and_a_key_that_opens_what_it_says(accounts: Accounts, url: str) -> None:
    admin = accounts("admin", "admin")
    admin.make_owner("ada")
    made = admin.make_key(["submit", "submit", "train"], "laptop", "ada", 90)
    assert (made["owner"], made["name"], made["scopes"]) == ("ada", "laptop", ["submit", "train"])
    assert made["expires_at"]
    with Client(url, made["key"]) as ada:
        assert ada.me()["name"] == "ada"
        listed = ada.keys()
        assert [key["id"] for key in listed] == [made["id"]]
        assert "key" not in listed[0]
        assert ada.jobs() == []
        assert refused(lambda: ada.make_owner("bob")) == "auth.forbidden"
        assert refused(ada.audit) == "auth.forbidden"


def test_nobody_makes_a_key_that_allows_more_than_their_own_or_for_others(accounts: Accounts) -> None:
    ada = accounts("ada", "submit")
    accounts("bob", "submit")
    assert ada.make_key(["submit"])["owner"] == "ada"
    assert refused(lambda: ada.make_key(["train"])) == "auth.forbidden"
    assert refused(lambda: ada.make_key(["admin"])) == "auth.forbidden"
    assert refused(lambda: ada.make_key(["submit"], owner="bob")) == "auth.forbidden"
    assert refused(lambda: ada.make_key(["submit"], owner="nobody")) == "auth.forbidden", "who there is is not told"
    assert refused(lambda: accounts("admin", "admin").make_key(["submit"], owner="nobody")) == "owner.unknown"


def test_a_revoked_key_opens_nothing_and_a_rotated_one_is_replaced(
    accounts: Accounts, url: str, engine: Engine
) -> None:
    ada = accounts("ada", "submit", "train")
    first = ada.make_key(["train"], "second", days=10)
    with Client(url, first["key"]) as other:
        rotated = other.rotate_key(first["id"])
        assert other.me()["name"] == "ada", "for ten minutes, should the answer be lost"
        again = other.rotate_key(first["id"])
        listed = other.keys()
        (old,) = (key for key in listed if key["id"] == first["id"])
        made, ends = (datetime.fromisoformat(old[name]) for name in ("created_at", "expires_at"))
        assert (ends - made).total_seconds() < 660
        with engine.begin() as connection:
            connection.execute(text("UPDATE api_key SET expires_at = now() WHERE id = :id"), {"id": first["id"]})
        assert refused(other.me) == "auth.missing"
    assert again["expires_at"] == rotated["expires_at"] == first["expires_at"]
    assert (rotated["name"], rotated["scopes"]) == ("second", ["train"])
    ada.revoke_key(rotated["id"])
    ada.revoke_key(rotated["id"])
    with Client(url, rotated["key"]) as gone:
        assert refused(gone.me) == "auth.missing"
    assert refused(lambda: ada.rotate_key(rotated["id"])) == "auth.key_unknown"


def test_somebody_elses_key_is_as_if_there_were_none(accounts: Accounts) -> None:
    ada, bob = accounts("ada", "submit"), accounts("bob", "submit")
    (theirs,) = bob.keys()
    assert refused(lambda: ada.revoke_key(theirs["id"])) == "auth.key_unknown"
    assert refused(lambda: ada.rotate_key(theirs["id"])) == "auth.key_unknown"
    assert bob.keys()[0]["revoked_at"] is None


def test_a_key_with_fewer_scopes_is_not_turned_into_one_with_more(accounts: Accounts) -> None:
    strong, weak = accounts("ada", "submit", "train"), accounts("ada", "submit")
    listed = weak.keys()
    held = next(key for key in listed if "train" in key["scopes"])
    assert refused(lambda: weak.rotate_key(held["id"])) == "auth.forbidden"
    assert refused(lambda: weak.revoke_key(held["id"])) == "auth.forbidden"
    assert strong.me()["name"] == "ada"
    own = next(key for key in listed if "train" not in key["scopes"])
    weak.revoke_key(own["id"])


def test_no_key_makes_one_that_outlasts_it(accounts: Accounts, url: str) -> None:
    ada, ends = accounts("ada", "submit"), accounts("ada", "submit", days=1)
    listed = ada.keys()
    endless, own = (next(key for key in listed if bool(key["expires_at"]) == over) for over in (False, True))
    for made in (ends.make_key(["submit"]), ends.make_key(["submit"], days=30), ends.rotate_key(endless["id"])):
        assert made["expires_at"] == own["expires_at"]
    assert ends.make_key(["submit"], days=0.5)["expires_at"] < own["expires_at"]
    assert ends.rotate_key(own["id"])["expires_at"] == own["expires_at"]
    admin = accounts("admin", "admin", days=1)
    assert admin.make_key(["submit"], owner="ada")["expires_at"] is None
    for made in (admin.make_key(["submit"]), admin.make_key(["admin"], owner="ada")):
        assert made["expires_at"]


def test_a_key_that_is_over_opens_nothing(accounts: Accounts, engine: Engine) -> None:
    ada = accounts("ada", "submit", days=1)
    assert ada.me()["name"] == "ada"
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_key SET expires_at = now() WHERE expires_at IS NOT NULL"))
    assert refused(ada.me) == "auth.missing"


def test_the_last_admin_stays(accounts: Accounts, url: str) -> None:
    admin = accounts("admin", "admin")
    (mine,) = admin.keys()
    assert refused(lambda: admin.revoke_key(mine["id"])) == "auth.last_admin"
    spare = admin.make_key(["admin"], "spare")
    assert refused(lambda: admin.revoke_key(mine["id"])) == "auth.last_admin", "the spare one would go with it"
    with Client(url, spare["key"]) as other:
        assert refused(lambda: other.revoke_key(mine["id"])) == "auth.last_admin"
    with Client(url, admin.rotate_key(mine["id"])["key"]) as new:
        assert [key["id"] for key in new.revoke_key(mine["id"])["revoked"]] == [mine["id"]]
        assert refused(admin.me) == "auth.missing"
        new.revoke_key(spare["id"])


def test_a_stolen_last_admin_key_is_got_rid_of_from_the_server(
    accounts: Accounts, url: str, engine: Engine, tmp_path: Path
) -> None:
    stolen = accounts("admin", "admin")
    thiefs = stolen.make_key(["admin"])
    (mine, _) = stolen.keys()
    last = refusal(stolen.revoke_key, mine["id"])
    assert last.code == "auth.last_admin"
    assert "arena init" in last.todo
    home = Home(tmp_path)
    assert ensure_admin_key(engine, home)
    with Client(url, home.admin_key.read_text().strip()) as fresh:
        assert {key["id"] for key in fresh.revoke_key(mine["id"])["revoked"]} == {mine["id"], thiefs["id"]}
        listed = fresh.keys()
    assert [key["made_by"] for key in listed if not key["revoked_at"]] == [None]


def test_an_admin_key_that_was_rotated_is_not_the_one_that_stays(accounts: Accounts, url: str) -> None:
    admin = accounts("admin", "admin")
    (old,) = admin.keys()
    made = admin.rotate_key(old["id"])
    assert refused(lambda: admin.revoke_key(made["id"])) == "auth.last_admin"
    admin.revoke_key(old["id"])
    with Client(url, made["key"]) as new:
        assert refused(lambda: new.revoke_key(made["id"])) == "auth.last_admin"


def test_what_was_rotated_before_that_was_kept_is_known_from_the_audit_log(accounts: Accounts, engine: Engine) -> None:
    ada = accounts("ada", "submit")
    first = ada.make_key(["submit"])
    second = ada.rotate_key(first["id"])
    migrate(engine, command.downgrade, "0012")
    migrate(engine, command.upgrade, "head")
    listed = ada.keys()
    assert {key["id"]: key["replaces"] for key in listed if key["replaces"]} == {second["id"]: first["id"]}


def test_every_change_is_on_record_and_no_key_is(accounts: Accounts, engine: Engine) -> None:
    admin = accounts("admin", "admin")
    admin.make_owner("ada")
    made = admin.make_key(["submit"], "laptop", "ada")
    admin.rotate_key(made["id"])
    admin.submit("deep", "mcts", {"simulations": 5})
    entries = admin.audit()["entries"]
    assert [entry["action"] for entry in entries] == [
        "player.submitted", "key.rotated", "key.made", "key.made", "owner.made",
    ]  # fmt: skip
    assert {entry["owner"] for entry in entries} == {"admin"}
    assert admin.audit(before=entries[1]["id"], limit=2)["entries"] == entries[2:4]
    with engine.connect() as connection:
        assert made["key"] not in str(connection.execute(text("SELECT * FROM audit")).all())


def test_what_works_on_the_arenas_machines_is_for_admins(accounts: Accounts) -> None:
    """Engines, and games that somebody else's code makes, as large as their names say."""
    ada = accounts("ada", "submit")
    assert refused(lambda: ada.ask("openspiel:blotto(coins=58,fields=6)", ["ada", "random"])) == "auth.forbidden"
    spec, games = {"base_url": "https://model.example/v1", "model": "m"}, ["openspiel:blotto(coins=200,fields=10)"]
    assert refused(lambda: ada.submit("ada", "openai", spec, games)) == "player.cannot_play"
    assert refused(lambda: accounts("ada", "submit").submit("deep", "mcts", {"simulations": 5})) == "auth.forbidden"
    assert refused(lambda: accounts("ada", "submit").submit("deep", "nosuch")) == "kind.unknown"


KEY = "arena_" + "aB3_-" * 8 + "xyz"


@pytest.mark.parametrize(
    "where",
    [
        f"/api/v1/players?key={KEY}", f"/api/v1/players/{KEY}", f"/?x={KEY}x", f"/?key={KEY.replace('_', '%5F')}",
        f"/api/v1/players/%61{KEY[1:]}",
    ],
)  # fmt: skip
def test_a_key_in_an_address_is_refused_and_not_told_again(url: str, where: str) -> None:
    answer = httpx.get(url + where)
    assert (answer.status_code, answer.json()["code"]) == (400, "auth.key_in_address")
    assert "arena_" not in answer.text


def test_a_name_that_begins_like_a_key_is_a_name(accounts: Accounts, url: str) -> None:
    accounts("ada", "admin").submit("arena_bot", "random")
    assert httpx.get(f"{url}/api/v1/players/arena_bot").status_code == 200
    assert httpx.get(f"{url}/api/v1/players?after=arena_bot").status_code != 400


def test_a_bot_with_its_key_in_the_address_is_not_connected(engine: Engine, redis_url: str) -> None:
    app = create_app(Settings.read(), engine, redis_url)
    where = f"/api/v1/bots/ada/connect?key={KEY.replace('_', '%5f')}"
    with (
        TestClient(app) as http,
        pytest.raises(WebSocketDenialResponse) as told,
        http.websocket_connect(where),
    ):
        pass
    assert told.value.json()["code"] == "auth.key_in_address"
