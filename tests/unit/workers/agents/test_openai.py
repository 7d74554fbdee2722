"""A player behind an endpoint: whatever that does, the match ends with a result, in time, and no secret is told."""

import asyncio
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from msgspec.structs import replace

from arena.core import specs
from arena.core.agents import KINDS, Failed, Reply, Table, Turn
from arena.core.errors import BadSpec
from arena.core.wire import MatchReport, SeatOrder, Stop, pack
from games import catalog
from tests.endpoint import KEY, FaultyServer, endpoint, player
from tests.tables import BUDGET, order_for, play
from workers.agents import openai as kind
from workers.endpoint.prompts import action_of
from workers.endpoint.reach import allow

OTHER = SeatOrder("v2", "random", {}, "random")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    allow("127.0.0.0/8")
    with endpoint() as server:
        yield server
    allow(None)


def match(server: FaultyServer, model: str, game: str = "tic_tac_toe", key: str = "", **spec: Any) -> MatchReport:
    """A match of an endpoint's player in the first seat."""
    seats = [player(server, model, key, **spec), *[OTHER] * (catalog.load(game).facts.variants["standard"].seats - 1)]
    return play(order_for(game, rated=False, seats=seats))


def turn(server: FaultyServer, model: str, clock_s: float = 10.0, key: str = "", **spec: Any) -> Reply | Failed:
    """One answer, at the first turn of a game."""
    who = player(server, model, key, **spec)
    table = Table("tic_tac_toe", "standard", 0, random.Random(1), secrets=who.secrets)
    return asyncio.run(kind.build(who.spec, table).act(first_turn(clock_s)))


def first_turn(clock_s: float = 10.0) -> Turn:
    state = catalog.load("tic_tac_toe").start(0)
    return Turn(state.view(0, "prose"), state.legal(), 0, clock_s)


def failed(answer: Reply | Failed) -> str:
    assert isinstance(answer, Failed)
    assert answer.stop == Stop.AGENT_FAULT
    assert "127.0.0.1" not in answer.why
    return answer.why


@pytest.mark.parametrize("game", catalog.names())
def test_every_game_is_played_to_its_end(server: FaultyServer, game: str) -> None:
    report = match(server, "good", game)
    assert not {s.stop for s in report.seats} & {Stop.AGENT_FAULT, Stop.INFRASTRUCTURE, Stop.ILLEGAL, Stop.TIMEOUT}
    mine = [ply for ply in report.plies if ply.seat == 0]
    assert all(ply.said is not None and ply.said.prompt_tokens > 0 and ply.action in ply.said.raw for ply in mine)
    asked = server.asked[-1]["messages"][0]["content"]
    assert catalog.load(game).facts.how_to_play in asked


def test_a_match_is_the_same_again(server: FaultyServer) -> None:
    order = order_for("connect_four", rated=False, seats=[player(server), OTHER])
    first, second = play(order), play(order)
    assert [ply.action for ply in first.plies if ply.seat == 0] == [p.action for p in second.plies if p.seat == 0]


def test_the_question_tells_the_rules_the_position_and_what_one_has_played(server: FaultyServer) -> None:
    report = match(server, "good", system="You like the middle.", temperature=0.5, extra={"seed": 7, "top_p": 0.9})
    last = server.asked[-1]
    assert (last["model"], last["temperature"], last["seed"], last["top_p"]) == ("good", 0.5, 7, 0.9)
    assert (last["max_tokens"], last["stream"]) == (512, False)
    system, question = last["messages"]
    assert system == {"role": "system", "content": "You like the middle."}
    mine = [ply for ply in report.plies if ply.seat == 0]
    for action in [ply.action for ply in mine[:-1]]:
        assert f'"{action}"' in question["content"]
    for action in mine[-1].legal:
        assert f"\n- {action}\n" in question["content"]


def test_the_key_is_sent_and_nothing_else_that_is_known_of_the_arena(server: FaultyServer) -> None:
    server.key = KEY
    assert isinstance(turn(server, "good", key=KEY), Reply)
    sent = server.headers[-1]
    assert sent["Authorization"] == f"Bearer {KEY}"
    assert set(sent) == {
        "Host", "Authorization", "Accept", "Accept-Encoding", "User-Agent", "Content-Type", "Content-Length"
    }  # fmt: skip
    assert failed(turn(server, "good", key="sk-wrong")).startswith("The endpoint answered 401.")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("unknown", "answered 404"), ("failing", "answered 500"), ("limited", "answered 429"), ("redirect", "redirect"),
        ("no_json", "no chat completion"), ("other_json", "no text"), ("deep", "no chat completion"),
        ("huge", "longer than 1000000 bytes"), ("packed", "packed"), ("truncated", "broke off"), ("reset", "broke off"),
        ("wordy", "broke off"),
    ],
)  # fmt: skip
def test_an_endpoint_that_fails_forfeits_and_says_why(server: FaultyServer, model: str, why: str) -> None:
    report = match(server, model, retries=1)
    assert [s.stop for s in report.seats] == [Stop.AGENT_FAULT, Stop.FORFEIT_WIN]
    assert report.final
    assert why in report.final.reply
    again = model in {"failing", "limited", "no_json", "other_json", "deep", "truncated", "reset", "wordy"}
    assert len(server.asked) == 1 + again
    assert server.counts["chunks"] < 1000
    assert KEY not in report.final.reply


@pytest.mark.parametrize("model", ["failing@2", "limited@2", "no_json@2", "truncated@2", "reset@2"])
def test_what_passes_costs_a_retry_and_no_match(server: FaultyServer, model: str) -> None:
    report = match(server, model)
    assert not {s.stop for s in report.seats} & {Stop.AGENT_FAULT, Stop.TIMEOUT}
    assert len(server.asked) == 2 + sum(ply.seat == 0 for ply in report.plies)


@pytest.mark.parametrize("model", ["hanging", "dripping"])
def test_who_hangs_runs_out_of_time(server: FaultyServer, model: str) -> None:
    began = time.perf_counter()
    order = order_for("tic_tac_toe", rated=False, seats=[player(server, model), OTHER])
    report = play(replace(order, ply_clock_ms=300))
    assert [s.stop for s in report.seats] == [Stop.TIMEOUT, Stop.FORFEIT_WIN]
    assert time.perf_counter() - began < 5


def test_a_request_that_takes_too_long_is_made_again(server: FaultyServer) -> None:
    assert isinstance(turn(server, "hanging@1", timeout_s=1), Reply)
    assert len(server.asked) == 2


def test_who_is_slow_but_in_time_plays(server: FaultyServer) -> None:
    assert isinstance(turn(server, "slow"), Reply)


def test_it_does_not_wait_beyond_its_clock_for_what_it_is_told_to_wait_for(server: FaultyServer) -> None:
    began = time.perf_counter()
    assert "clock ends" in failed(turn(server, "limited_long"))
    assert time.perf_counter() - began < 5
    assert len(server.asked) == 1


def test_where_nobody_listens_it_forfeits() -> None:
    allow("127.0.0.0/8")
    with endpoint() as server:
        gone = server
    assert "cannot be connected to" in failed(turn(gone, "good", retries=1))
    allow(None)


def test_a_private_address_is_not_asked_unless_it_is_allowed(server: FaultyServer) -> None:
    allow("10.0.0.0/8")
    assert "address" in failed(turn(server, "good"))
    assert server.asked == []


def test_a_key_that_is_echoed_is_in_no_report(server: FaultyServer) -> None:
    for model in ("echo", "failing", "echo@1"):
        report = match(server, model, "open_debate", key=KEY, retries=0)
        assert KEY.encode() not in repr(report).encode()
    told = turn(server, "echo", key=KEY)
    assert isinstance(told, Reply)
    assert (told.action, "***" in told.said.raw) == ("***", True)


def test_a_reply_that_cannot_be_read_is_asked_for_once_more(server: FaultyServer) -> None:
    told = turn(server, "corrected")
    assert isinstance(told, Reply)
    assert told.action in first_turn().legal
    assert "I would like" in told.said.raw
    assert told.action in told.said.raw
    roles = [message["role"] for message in server.asked[-1]["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "no line" in server.asked[-1]["messages"][-1]["content"]
    alone = first_turn_tokens(server)
    assert told.said.prompt_tokens > 2 * alone


def first_turn_tokens(server: FaultyServer) -> int:
    told = turn(server, "good")
    assert isinstance(told, Reply)
    return told.said.prompt_tokens


@pytest.mark.parametrize(("model", "reply"), [("prose", ""), ("illegal", "z9")])
def test_twice_wrong_is_for_the_referee(server: FaultyServer, model: str, reply: str) -> None:
    report = match(server, model)
    assert report.seats[0].stop == Stop.ILLEGAL
    assert [r.reply for r in report.unfinished] == [reply] * (BUDGET + 1)
    assert all(r.said is not None and "(asked again)" in r.said.raw for r in report.unfinished)
    assert len(server.asked) == 2 * (BUDGET + 1)
    assert "You have just tried" in server.asked[-1]["messages"][0]["content"]


def test_of_long_replies_it_is_told_how_much_was_not_kept(server: FaultyServer) -> None:
    told = turn(server, "wandering")
    assert isinstance(told, Reply)
    assert len(told.said.raw) < 8000, "both are in the report, with what was asked between them"
    assert len(re.findall(r"\[… 196,\d{3} characters not kept …\]", told.said.raw)) == 2


def test_what_was_written_before_it_failed_is_told(server: FaultyServer) -> None:
    told = turn(server, "prose", match_tokens=1)
    assert "budget" in failed(told)
    assert isinstance(told, Failed)
    assert told.said is not None
    assert told.said.raw
    assert told.said.prompt_tokens > 0


def test_prose_is_no_speech_where_texts_are_free(server: FaultyServer) -> None:
    report = play(order_for("open_debate", rated=False, seats=[player(server, "prose"), OTHER, OTHER]))
    assert report.seats[0].stop == Stop.ILLEGAL
    assert not [ply for ply in report.plies if ply.seat == 0]


def test_an_action_alone_is_an_answer_and_thoughts_are_none(server: FaultyServer) -> None:
    for model in ("bare", "thinking"):
        told = turn(server, model)
        assert isinstance(told, Reply)
        assert told.action in first_turn().legal
    assert told.said.raw.startswith("Hm.\nAction: z9")


def test_tokens_are_what_the_endpoint_tells_within_reason(server: FaultyServer) -> None:
    liar, silent = turn(server, "liar"), turn(server, "uncounted")
    assert isinstance(liar, Reply)
    assert isinstance(silent, Reply)
    assert (liar.said.prompt_tokens, liar.said.completion_tokens) == (0, 10_000_000)
    assert (silent.said.prompt_tokens, silent.said.completion_tokens) == (0, 0)
    pack(liar.said)


@pytest.mark.parametrize(
    "budget",
    [{"match_tokens": 150}, {"price": {"prompt": 1e6, "completion": 1e6}, "match_cost": 150}],
)
def test_a_budget_that_is_spent_ends_the_match(server: FaultyServer, budget: dict[str, Any]) -> None:
    report = match(server, "good", **budget)
    assert report.seats[0].stop == Stop.AGENT_FAULT
    assert report.final
    assert "budget" in report.final.reply
    assert len(server.asked) >= 1
    assert all(asked["max_tokens"] <= 150 for asked in server.asked)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "ftp://x.example/v1"}, {"model": ""}, {"temperature": 3}, {"max_tokens": 0},
        {"extra": {"stream": True}},
        {"extra": {"messages": []}}, {"match_cost": 1}, {"system": "x" * 4001}, {"retries": 11}, {"api_key": "x"},
    ],
)  # fmt: skip
def test_a_spec_is_held_to_its_bounds(wrong: dict[str, Any]) -> None:
    sound = {"base_url": "https://x.example/v1", "model": "m"}
    specs.check(KINDS, "openai", "KIND", sound, "docs/players.md")
    with pytest.raises(BadSpec):
        specs.check(KINDS, "openai", "KIND", {**sound, **wrong}, "docs/players.md")


def test_secrets_are_in_no_account_of_an_order(server: FaultyServer) -> None:
    order = order_for("tic_tac_toe", seats=[player(server, "good", KEY), OTHER])
    table = Table("tic_tac_toe", "standard", 0, random.Random(1), secrets={"api_key": KEY})
    assert KEY not in f"{order!r} {order} {order.seats} {table!r}"


def test_the_server_of_these_tests_is_one_that_the_real_client_can_use(server: FaultyServer) -> None:
    server.key = KEY
    with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as client:
        question = [{"role": "user", "content": "Legal actions:\n- a1\n- b2"}]
        made = client.chat.completions.create(model="good", messages=question)
        assert made.choices[0].message.content
        assert action_of(made.choices[0].message.content, []) in {"a1", "b2"}
        assert made.usage
        assert made.usage.prompt_tokens == 6
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="limited", messages=question)
