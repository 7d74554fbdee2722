"""How often one may ask: each key for itself, addresses without one, nobody on this machine, nobody without Redis."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient, WebSocketDenialResponse

from api.app import create_app
from api.rates import KEYS
from arena.core.settings import Settings
from tests.integration.accounts import key_for

AWAY = ("203.0.113.7", 50_000)
PATH = "/api/v1/players"


def served(engine: Engine, redis_url: str, home: Path, who: tuple[str, int] = AWAY, **settings: int) -> TestClient:
    made = Settings(home=home, **settings)
    return TestClient(create_app(made, engine, redis_url), client=who)


def test_an_address_that_asks_too_often_is_told_when_to_come_back(
    engine: Engine, redis_url: str, tmp_path: Path
) -> None:
    with served(engine, redis_url, tmp_path, address_rate=5) as client:
        answers = [client.get(PATH) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert answers[-1].json()["code"] == "rate.limited"
        assert int(answers[-1].headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200, "machines that look after it are not counted"


def test_each_key_counts_for_itself(engine: Engine, redis_url: str, tmp_path: Path) -> None:
    made = [key_for(engine, name, "read") for name in ("ada", "bob")]
    with served(engine, redis_url, tmp_path, key_rate=3, address_rate=1000) as client:
        for key in made:
            codes = [client.get(PATH, headers={"Authorization": f"Bearer {key}"}).status_code for _ in range(4)]
            assert codes == [200] * 3 + [429]


def test_a_new_key_for_every_request_is_no_way_around_it(engine: Engine, redis_url: str, tmp_path: Path) -> None:
    with served(engine, redis_url, tmp_path, key_rate=3) as client:
        codes = [client.get(PATH, headers={"Authorization": f"Bearer arena_{n}"}).status_code for n in range(14)]
    assert codes == [200] * 3 * KEYS + [429] * 2


def test_opening_websockets_counts_as_asking_does(engine: Engine, redis_url: str, tmp_path: Path) -> None:
    with served(engine, redis_url, tmp_path, address_rate=2) as client:
        codes: list[int] = []
        for _ in range(3):
            with (
                pytest.raises(WebSocketDenialResponse) as refused,
                client.websocket_connect("/api/v1/bots/ada/connect"),
            ):
                pass
            codes.append(refused.value.status_code)
        assert codes == [401, 401, 429]
        assert int(refused.value.headers["retry-after"]) > 0


def test_this_machine_is_not_counted_and_neither_is_anybody_without_redis(
    engine: Engine, redis_url: str, tmp_path: Path
) -> None:
    with served(engine, redis_url, tmp_path, ("127.0.0.1", 50_000), address_rate=1) as client:
        assert [client.get(PATH).status_code for _ in range(4)] == [200] * 4
    with served(engine, "redis://127.0.0.1:1/0", tmp_path, address_rate=1) as client:
        assert [client.get(PATH).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("given", ["Bearer ", "Basic abc", "nonsense"])
def test_a_header_that_holds_no_key_does_not_escape_the_limit_of_its_address(
    engine: Engine, redis_url: str, tmp_path: Path, given: str
) -> None:
    with served(engine, redis_url, tmp_path, address_rate=2) as client:
        codes = [client.get(PATH, headers={"Authorization": given}).status_code for _ in range(4)]
        assert codes == [200, 200, 429, 429]
