import asyncio
import logging
import threading
import time
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from arena.anticheat.replay import Ordered, verify
from arena.core.logs import current
from arena.core.wire import MatchOrder, SeatOrder, Stop, unpack_report
from games import catalog
from games.rules import Format
from tests.tables import order_for
from workers.match.host import Host
from workers.match.seating import seat_agents


class Pipe:
    """The Redis pipeline as far as a host uses it; `fails` times it is away."""

    def __init__(self, sent: list[bytes], fails: list[int]) -> None:
        self._sent, self._fails, self._waiting = sent, fails, list[bytes]()

    async def __aenter__(self) -> "Pipe":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._waiting.clear()

    def xadd(self, name: str, fields: dict[bytes, bytes]) -> None:
        self._waiting.extend(fields.values())

    async def execute(self) -> None:
        if self._fails[0]:
            self._fails[0] -= 1
            raise OSError("away")
        self._sent.extend(self._waiting)


def exchange(orders: list[MatchOrder], fails: int = 0) -> tuple[list[tuple[str, int]], list[bytes]]:
    """What the host says is finished, and what it sent."""
    sent: list[bytes] = []

    async def run() -> list[tuple[str, int]]:
        host: Any = Host("host", "redis://127.0.0.1:1/0")
        left = [fails]
        host._redis = type("Fake", (), {"pipeline": lambda self, transaction: Pipe(sent, left)})()
        done = list((await host.exchange(msgspec.msgpack.encode(orders), 5)).finished)
        while len(done) < len(orders):
            done += (await host.exchange(msgspec.msgpack.encode([]), 5)).finished
        return done

    return asyncio.run(asyncio.wait_for(run(), 20)), sent


def test_every_match_is_reported() -> None:
    orders = [order_for("tic_tac_toe", seed=n) for n in range(50)]
    done, sent = exchange(orders)
    assert sorted(i for i, _ in done) == sorted(o.match_id for o in orders)
    assert {unpack_report(b).match_id for b in sent} == {o.match_id for o in orders}


def test_nothing_is_finished_before_it_is_sent() -> None:
    done, sent = exchange([order_for("tic_tac_toe")], fails=2)
    assert len(done) == len(sent) == 1


@pytest.mark.parametrize(
    ("game", "kind", "spec"),
    [
        ("openspiel:morpion_solitaire", "mcts", {}),
        ("tic_tac_toe", "mcts", {"simulations": "many"}),
        ("no_such_game", "random", {}),
    ],
)
def test_a_match_that_cannot_be_played_is_reported_as_the_arenas_fault(game: str, kind: str, spec: Any) -> None:
    seats = [SeatOrder(f"s{i}", kind, spec, kind) for i in range(2)]
    order = replace(order_for("tic_tac_toe"), game=game, seats=seats)
    _, sent = exchange([order])
    assert {s.stop for s in unpack_report(sent[0]).seats} == {Stop.INFRASTRUCTURE}


def test_who_cannot_be_seated_forfeits_on_its_turn_and_says_why() -> None:
    """It would be the same however often the match is played: that is its owner's fault, not the arena's."""
    order = order_for("kuhn_poker", rated=False)
    unfit = {"checkpoint": "no/such", "content_hash": "0" * 64}
    for kind, spec in (("mcts", {}), ("checkpoint", unfit)):
        seats = [replace(who, kind=kind, spec=spec) if i == 0 else who for i, who in enumerate(order.seats)]
        _, sent = exchange([replace(order, seats=seats)])
        report = unpack_report(sent[0])
        assert [s.stop for s in report.seats] == [Stop.AGENT_FAULT, Stop.FORFEIT_WIN]
        assert report.final
        assert ("mcts cannot play" in report.final.reply) or ("There is no artifact" in report.final.reply)
        rules = catalog.load("kuhn_poker")
        asked = Ordered(
            rules, order.variant, Format(), order.seed, tuple(s.version_id for s in order.seats), order.illegal_budget,
            order.ply_clock_ms, order.match_clock_ms,
        )  # fmt: skip
        assert verify(asked, report) is None


def test_what_is_logged_deep_inside_tells_the_match_and_the_host(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever logs, here the rules: each record carries the ids of the match it was logged in."""
    told: list[tuple[str | None, str | None]] = []

    class Spy(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            told.append((current("match_id"), current("host")))
            return True

    caplog.handler.addFilter(spy := Spy())
    seats = [SeatOrder(f"s{i}", "random", {}, "random") for i in range(2)]
    orders = [replace(order_for("tic_tac_toe", seed=n), game="no_such_game", seats=seats) for n in range(3)]
    exchange(orders)
    caplog.handler.removeFilter(spy)
    assert sorted(told) == sorted((o.match_id, "host") for o in orders)


def test_while_a_first_agent_is_made_other_matches_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some kinds solve a game, or load a model, before their first move. It is done once, and not on the loop."""
    made: list[tuple[str, str]] = []

    def slow(order: MatchOrder, **more: bool) -> list[Any]:
        made.append((order.game, threading.current_thread().name))
        if order.game == "leduc_poker":
            time.sleep(0.3)
        return seat_agents(order, **more)

    monkeypatch.setattr("workers.match.host.seat_agents", slow)
    orders = [order_for(game, seed=n) for n in range(3) for game in ("tic_tac_toe", "leduc_poker")]
    began = time.perf_counter()
    done, _ = exchange(orders)
    assert len(done) == 6
    main = threading.main_thread().name
    assert [thread == main for game, thread in made if game == "leduc_poker"].count(False) == 1
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("kind", "spec"), [("openai", {"base_url": "https://m.example/v1", "model": "m"}), ("bot", {})]
)
def test_who_is_asked_over_the_network_need_not_wait_for_games_to_be_solved(
    kind: str, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seated, in_time = threading.Event(), list[bool]()

    def noted(order: MatchOrder, **more: bool) -> list[Any]:
        if order.game == "leduc_poker":
            in_time.append(seated.wait(10))
            return seat_agents(order, **more)
        seated.set()
        return seat_agents(replace(order, seats=[replace(who, kind="random", spec={}) for who in order.seats]), **more)

    monkeypatch.setattr("workers.match.host.seat_agents", noted)
    order = order_for("tic_tac_toe", rated=False)
    first, *others = order.seats
    newcomer = replace(order, seats=[replace(first, kind=kind, spec=spec), *others])
    done, _ = exchange([order_for("leduc_poker"), newcomer])
    assert len(done) == 2
    assert in_time == [True]


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("checkpoint", {"checkpoint": "no/such", "content_hash": "0" * 64}),
        ("weights", {"upload": "0" * 64, "form": "tiny"}),
    ],
)
def test_weights_that_owners_bring_are_never_loaded_on_the_loop(
    kind: str, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were loaded before may have left, and those that do not fit are never there."""
    threads: list[threading.Thread] = []

    def noted(order: MatchOrder, **more: bool) -> list[Any]:
        threads.append(threading.current_thread())
        return seat_agents(order, **more)

    monkeypatch.setattr("workers.match.host.seat_agents", noted)
    orders = [order_for("kuhn_poker", seed=n, rated=False) for n in range(4)]
    done, _ = exchange([replace(o, seats=[replace(who, kind=kind, spec=spec) for who in o.seats]) for o in orders])
    assert len(done) == len(threads) == 4
    assert threading.main_thread() not in threads
