"""What an owner tells in confidence: taken over the API, sealed, given to match hosts alone, and told to nobody."""

import json
import logging
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, text

from arena.client import Client, ClientError
from arena.core.settings import Settings
from arena.core.vault import ensure_key
from arena.core.wire import MatchOrder
from arena.flow.backup import backup, restore
from arena.store import lives, players
from tests.integration.accounts import key_for, refusal
from tests.integration.server import serving
from tests.play import order
from workers.match.pool import Pool, _Hosted

SECRET = "sk-very-secret-0123456789"
SPEC = {"base_url": "https://model.example/v1", "model": "m"}
GAMES = ["tic_tac_toe"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARENA_HOME", str(tmp_path))
    ensure_key(Settings.read())
    return tmp_path


@pytest.fixture
def url(home: Path, engine: Engine, redis_url: str) -> Iterator[str]:
    with serving(engine, redis_url, secrets_key=None) as url:
        yield url


@pytest.fixture
def ada(engine: Engine, url: str) -> Iterator[Client]:
    key = key_for(engine, "ada", "submit")
    with Client(url, key) as client:
        yield client


def submit(client: Client, spec: dict[str, Any] = SPEC, **secrets: str | None) -> UUID:
    return UUID(client.submit("ada", "openai", spec, GAMES, secrets)["version_id"])


def refused(call: Callable[[], object]) -> ClientError:
    """Whatever is refused, the secret is not told back."""
    error = refusal(call)
    assert SECRET not in str(error)
    return error


def leased(engine: Engine, redis_url: str, version_id: UUID) -> list[MatchOrder]:
    """What a host is given to play of one match of this version."""
    order(engine, "tic_tac_toe", [version_id, version_id], purpose="evaluation")
    pool = Pool(Settings.read(), engine, cast(Any, None), redis_url)
    return pool._lease(_Hosted("1/1", cast(Any, None)))


@pytest.fixture(autouse=True)
def _no_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.match.pool.backlog", lambda _: 0)


def told(engine: Engine, redis_url: str, version_id: UUID) -> dict[str, str]:
    """The secrets that a host gets."""
    (found,) = leased(engine, redis_url, version_id)
    return found.seats[0].secrets


def test_only_a_match_host_is_told(
    ada: Client, engine: Engine, redis_url: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    version = submit(ada, api_key=SECRET)
    assert told(engine, redis_url, version) == {"api_key": SECRET}
    for path in ("/api/v1/players", "/api/v1/players/ada", "/openapi.json", "/api/v1/audit"):
        assert SECRET not in httpx.get(url + path).text
    with engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT t::text FROM {table} t")).scalars().all()
                for table in ("secret", "player_version", "audit", "outbox")]  # fmt: skip
        assert rows[0]
        assert SECRET not in repr(rows)
        assert SECRET.encode().hex() not in repr(rows)
        (detail,) = connection.execute(text("SELECT detail FROM audit WHERE action = 'player.submitted'")).scalars()
        assert detail["secrets"] == ["api_key"]
    assert SECRET not in caplog.text


def test_told_again_it_is_replaced_on_the_same_version_and_the_pool_sees_it(
    ada: Client, engine: Engine, redis_url: str
) -> None:
    version = submit(ada, api_key=SECRET)
    pool = Pool(Settings.read(), engine, cast(Any, None), redis_url)
    for wanted in (SECRET, "another-secret", None):
        assert submit(ada, api_key=wanted) == version
        order(engine, "tic_tac_toe", [version, version], purpose="evaluation")
        (found,) = pool._lease(_Hosted("1/1", cast(Any, None)))
        assert found.seats[0].secrets == ({"api_key": wanted} if wanted else {})
    assert submit(ada) == version


def test_its_owner_and_nobody_else_reads_in_the_history_that_it_was_replaced(ada: Client, url: str) -> None:
    submit(ada, api_key=SECRET)
    submit(ada)
    assert history(ada) == [], "nothing was replaced yet"
    submit(ada, api_key="another-secret-0123456789")
    submit(ada, api_key=None)
    assert [(change["status"], change["reason"], change["secrets"]) for change in history(ada)] == [
        ("validating", "Told anew: api_key.", ["api_key"]), ("validating", "Taken back: api_key.", ["api_key"]),
    ]  # fmt: skip
    with Client(url) as anyone:
        assert history(anyone) == []


def history(client: Client) -> list[dict[str, Any]]:
    return client.player("ada")["versions"][-1]["history"]


@pytest.mark.parametrize("status", [lives.QUALIFYING, lives.RETIRED])
def test_replacing_it_changes_nothing_of_the_life_of_the_version(ada: Client, engine: Engine, status: str) -> None:
    version = submit(ada, api_key=SECRET)
    with engine.begin() as connection:
        lives.become(connection, version, status, "", {"held": True} if status == lives.RETIRED else None)
    made = order(engine, "tic_tac_toe", [version, version], purpose="qualification")

    def life() -> Any:
        with engine.connect() as connection:
            coming = [(one.id, one.since) for one in lives.coming(connection)]
            seen = [row.id for row in lives.qualification(connection, version)]
            return coming, seen, lives.is_held(connection, "ada")

    before = life()
    assert before[1:] == ([made] if status == lives.QUALIFYING else [], status == lives.RETIRED)
    with engine.begin() as connection:
        lives.note_secrets(connection, version, "Told anew: api_key.", ["api_key"])
    assert life() == before


def test_it_goes_with_the_player_to_the_same_address_only(ada: Client, engine: Engine, redis_url: str) -> None:
    submit(ada, api_key=SECRET)
    second = submit(ada, {**SPEC, "model": "better"})
    assert told(engine, redis_url, second) == {"api_key": SECRET}
    thief = {**SPEC, "base_url": "https://thief.example/v1"}
    error = refused(lambda: submit(ada, thief))
    assert error.code == "spec.invalid"
    assert "api_key" in error.todo
    with engine.connect() as connection:
        assert [v.number for v in players.versions(connection, player="ada")] == [1, 2]
    third = submit(ada, thief, api_key="for-the-other")
    assert told(engine, redis_url, third) == {"api_key": "for-the-other"}
    fourth = submit(ada, {**SPEC, "base_url": "https://open.example/v1"}, api_key=None)
    assert told(engine, redis_url, fourth) == {}


@pytest.mark.parametrize(
    ("secrets", "code"),
    [
        ({"api_key": ""}, "spec.invalid"), ({"api_key": f"{SECRET}\r\nHost: x"}, "spec.invalid"),
        ({"api_key": f"{SECRET} x"}, "spec.invalid"), ({"api_key": SECRET + "é"}, "spec.invalid"),
        ({"api_key": SECRET * 300}, "spec.invalid"), ({"password": SECRET}, "spec.invalid"),
        ({"api_key": [SECRET]}, "request.invalid"), ({str(n): SECRET for n in range(21)}, "request.invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_not_repeated(
    ada: Client, engine: Engine, secrets: dict[str, Any], code: str
) -> None:
    assert refused(lambda: submit(ada, **secrets)).code == code
    with engine.connect() as connection:
        assert players.latest(connection, "ada") is None


def test_kinds_without_secrets_take_none(ada: Client) -> None:
    error = refused(lambda: ada.submit("dice", "random", secrets={"api_key": SECRET}))
    assert (error.code, "none" in error.todo) == ("spec.invalid", True)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8001/v1", "http://169.254.169.254/v1", "http://user:x@a.example"]
)
def test_an_address_that_is_not_of_the_open_internet_is_refused(ada: Client, address: str) -> None:
    error = refused(lambda: submit(ada, {**SPEC, "base_url": address}))
    assert (error.status, error.code) == (422, "spec.url_refused")
    assert "spec.base_url" in str(error)


def test_an_arena_without_a_key_takes_no_secrets_but_players(ada: Client, home: Path) -> None:
    (home / "secrets.key").unlink()
    error = refused(lambda: submit(ada, api_key=SECRET))
    assert error.code == "config.invalid"
    assert "ARENA_SECRETS_KEY" in error.todo
    assert submit(ada)


def test_a_match_whose_secrets_do_not_open_is_not_played_and_lost_by_nobody(
    ada: Client, engine: Engine, redis_url: str, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    version = submit(ada, api_key=SECRET)
    (home / "secrets.key").write_text("x" * 64)
    assert leased(engine, redis_url, version) == []
    assert "does not open" in caplog.text
    with engine.connect() as connection:
        row = connection.execute(text("SELECT status, attempts FROM match_queue")).one()
    assert tuple(row) == ("leased", 1)


def test_a_backup_holds_them_sealed_and_needs_the_key(
    ada: Client, engine: Engine, redis_url: str, tmp_path: Path
) -> None:
    version = submit(ada, api_key=SECRET)
    file = tmp_path / "backup.tar"
    backup(engine, file)
    with tarfile.open(file) as tar:
        members = {m.name: cast(Any, tar.extractfile(m)).read() for m in tar.getmembers()}
    assert members["secret.copy"]
    assert not [
        name for name, blob in members.items() if SECRET.encode() in blob or SECRET.encode().hex().encode() in blob
    ]
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    restore(engine, file)
    assert told(engine, redis_url, version) == {"api_key": SECRET}


def test_the_example_is_taken_as_curl_sends_it(
    engine: Engine, redis_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`curl -d` says that it sends a form. Bytes that are no JSON are refused as such."""
    monkeypatch.setenv("ARENA_PRIVATE_ENDPOINTS", "127.0.0.0/8")
    key = key_for(engine, "ada", "submit")
    body = Path("examples/endpoint.json").read_bytes()
    with serving(engine, redis_url, secrets_key=None) as url:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-www-form-urlencoded"}
        answer = httpx.post(f"{url}/api/v1/players", content=body, headers=headers)
        assert answer.status_code == 201, answer.text
        nonsense = httpx.post(f"{url}/api/v1/players", content=b"name=x&kind=random", headers=headers)
        assert (nonsense.status_code, nonsense.json()["code"]) == (422, "request.invalid")
    with engine.connect() as connection:
        version = players.latest(connection, json.loads(body)["name"])
        assert version
        assert version.kind == "openai"
