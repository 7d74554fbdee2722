"""Requests to players' endpoints are counted by what became of them, each once."""

import asyncio
from collections.abc import Iterator

import pytest

from arena.core.wire import SeatOrder, Stop
from tests.endpoint import FaultyServer, endpoint, player
from tests.tables import order_for, play
from workers.endpoint import tally
from workers.endpoint.chat import Endpoint
from workers.endpoint.reach import allow
from workers.endpoint.trouble import Trouble

OTHER = SeatOrder("v2", "random", {}, "random")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    allow("127.0.0.0/8")
    tally.take()
    with endpoint() as server:
        yield server
    allow(None)


@pytest.mark.parametrize(
    ("model", "outcome"),
    [
        ("unknown", "refused"), ("failing", "failing"), ("limited", "busy"), ("redirect", "refused"),
        ("no_json", "unreadable"), ("other_json", "unreadable"), ("huge", "unreadable"), ("packed", "unreadable"),
        ("truncated", "broken"), ("reset", "broken"), ("hanging", "late"),
    ],
)  # fmt: skip
def test_what_brings_no_answer(server: FaultyServer, model: str, outcome: str) -> None:
    at = Endpoint(server.base_url, None)
    with pytest.raises(Trouble) as raised:
        asyncio.run(at.complete({"model": model, "messages": []}, 0.5))
    assert raised.value.outcome == outcome
    told = tally.take()
    assert told.pop("ms", 0) >= (500 if outcome == "late" else 0)
    assert told == {f"requests:{outcome}": 1}
    assert not tally.take(), "what was told is not told again"


def test_an_address_that_may_not_be_asked(server: FaultyServer) -> None:
    allow(None)
    with pytest.raises(Trouble):
        asyncio.run(Endpoint(server.base_url, None).complete({"model": "good", "messages": []}, 5))
    assert tally.take()["requests:forbidden"] == 1
    assert not server.asked


def test_answers_with_the_tokens_they_say_they_took(server: FaultyServer) -> None:
    report = play(order_for("tic_tac_toe", rated=False, seats=[player(server, "good"), OTHER]))
    told = tally.take()
    said = [ply.said for ply in report.plies if ply.said]
    assert told["requests:answered"] == len(server.asked) == len(said)
    assert told["tokens:prompt"] == sum(s.prompt_tokens for s in said)
    assert told["tokens:completion"] == sum(s.completion_tokens for s in said)


def test_a_request_that_the_clock_of_the_turn_cuts_off_is_late(server: FaultyServer) -> None:
    order = order_for("tic_tac_toe", rated=False, seats=[player(server, "hanging"), OTHER], ply_clock_ms=300)
    assert play(order).seats[0].stop == Stop.TIMEOUT
    told = tally.take()
    assert told["requests:late"] == 1
    assert 250 <= told["ms"] < 5000


def test_what_could_not_be_told_is_told_with_the_next() -> None:
    tally.take()
    tally.request("answered", 0.25)
    told = tally.take()
    tally.request("answered", 0.5)
    tally.give_back(told)
    assert tally.take() == {"requests:answered": 2, "ms": 750}
