"""The arena's signature of a match: of what it says, of nothing that is still sealed, and checked by anybody."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine

from arena.core.ids import new_id
from arena.core.receipts import BadReceipt, MatchReceipt, key_id, verify
from tests.integration.server import serving
from tests.play import enter, order, settle


@pytest.fixture
def url(engine: Engine, redis_url: str) -> Iterator[str]:
    with serving(engine, redis_url) as url:
        yield f"{url}/api/v1"


def keys_of(url: str) -> dict[str, bytes]:
    found = httpx.get(f"{url}/receipts/keys").json()["keys"]
    return {key["kid"]: urlsafe_b64decode(key["x"] + "=") for key in found}


def test_a_settled_match_is_vouched_for(engine: Engine, url: str) -> None:
    seats = enter(engine, "ada", "bob")
    match_id = order(engine, "tic_tac_toe", seats)
    settle(engine, None)
    told = httpx.get(f"{url}/matches/{match_id}").json()
    receipt = httpx.get(f"{url}/matches/{match_id}/receipt").json()["receipt"]
    said = verify(receipt, keys_of(url)[key_id(receipt)], MatchReceipt)
    assert (said.match, said.seats) == (str(match_id), [str(seat) for seat in seats])
    assert (said.game_hash, said.evidence_hash) == (told["game_hash"], told["evidence_hash"])
    assert [(s["score"], s["stop"]) for s in told["seats"]] == list(zip(said.scores, said.stops, strict=True))
    head, body, mark = receipt.split(".")
    forged = f"{head}.{body[:-2]}AA.{mark}"
    with pytest.raises(BadReceipt):
        verify(forged, keys_of(url)[key_id(receipt)], MatchReceipt)
    with pytest.raises(BadReceipt):
        verify(receipt, keys_of(url)[key_id(receipt)])  # one of a match is none of an answer


def test_nothing_is_signed_of_what_is_sealed_or_not_there(engine: Engine, url: str) -> None:
    a, b = enter(engine, "ada", "bob")
    pair = new_id()
    first = order(engine, "kuhn_poker", (a, b), pair=pair)
    order(engine, "kuhn_poker", (b, a), pair=pair)
    for code in ("match.sealed", "match.sealed"):
        answer = httpx.get(f"{url}/matches/{first}/receipt")
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        settle(engine, None, n=1)
    settle(engine, None)
    assert httpx.get(f"{url}/matches/{first}/receipt").status_code == 200
    assert httpx.get(f"{url}/matches/{new_id()}/receipt").json()["code"] == "match.unknown"
