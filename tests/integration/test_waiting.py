"""What a version that does not play waits for, as its owner reads it over REST and on the command line."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis import ConnectionError as RedisLost
from redis import Redis
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from arena.cli.main import app
from arena.client import Client
from arena.core.agents import KINDS
from arena.flow.submit import seat_references
from arena.flow.waiting import waits_for
from arena.store import players
from arena.stream import presence
from tests.integration.accounts import Accounts
from tests.integration.entrants import enter, qualifier
from tests.play import settle
from tests.welcome import let_in


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    let_in(monkeypatch)


@pytest.fixture
def ada(accounts: Accounts) -> Client:
    return accounts("ada", "submit")


def seat(engine: Engine) -> None:
    with engine.begin() as connection:
        seat_references(connection)


def waits(arena: Client, name: str) -> str:
    return arena.player(name)["versions"][-1]["waits_for"] or ""


def test_a_bot_reads_what_is_missing_at_each_step(engine: Engine, client: Redis, ada: Client) -> None:
    made = ada.submit("bot", "visitor", games=["tic_tac_toe"])
    until = datetime.now(UTC) + timedelta(hours=24)
    shown = waits(ada, "bot")
    assert shown.startswith("its bot to connect, until ")
    told = datetime.strptime(shown.removeprefix("its bot to connect, until "), "%Y-%m-%d %H:%M %Z").replace(tzinfo=UTC)
    assert abs(told - until) < timedelta(minutes=2)

    presence.mark(client, [made["version_id"]], 60)
    assert waits(ada, "bot") == "the arena's own players random and greedy, which are not there yet"
    seat(engine)
    assert waits(ada, "bot") == "its turn: its matches are about to be made"

    here = frozenset({UUID(made["version_id"])})
    qualifier(engine).once(here)
    assert waits(ada, "bot") == "its matches, of which 0 of 2 are over"
    settle(engine, None, n=1)
    presence.leave(client, made["version_id"])
    assert waits(ada, "bot").startswith("its matches, of which 1 of 2 are over, and for its bot to connect")

    settle(engine, None)
    qualifier(engine).once(here)
    assert waits(ada, "bot") == "its bot to connect: until then no matches are made for it"
    presence.mark(client, [made["version_id"]], 60)
    assert ada.player("bot")["versions"][0]["waits_for"] is None


def test_who_is_over_or_plays_waits_for_nothing(ada: Client) -> None:
    ada.submit("mine", "random")
    assert ada.player("mine")["versions"][0]["waits_for"] is None
    assert ada.retire_player("mine")["versions"][0]["waits_for"] is None


def test_a_kind_that_this_arena_does_not_know_is_named(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    version_id = enter(engine, "ada", "visitor")
    monkeypatch.setattr(KINDS, "packages", ("workers.agents",))
    with engine.connect() as connection:
        (version,) = players.versions(connection, ids=[version_id])
        assert waits_for(connection, version, frozenset()) == "an arena that knows the kind visitor"


def test_without_redis_all_the_rest_is_told(engine: Engine, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.submit("bot", "visitor")

    def away(client: Redis) -> set[UUID]:
        raise RedisLost("away")

    monkeypatch.setattr("api.roster.present", away)
    (version,) = ada.player("bot")["versions"]
    assert (version["status"], version["waits_for"]) == ("validating", None)


def test_the_command_shows_it_and_draws_others_words_as_they_are(engine: Engine, url: str, ada: Client) -> None:
    ada.submit("bot", "visitor")
    shown = CliRunner().invoke(app, ["players", "show", "bot", "--url", url])
    assert "It waits for its bot to connect, until 20" in shown.output, shown.output
    with engine.begin() as connection:
        connection.execute(text("UPDATE player_version SET status = 'active'"))
    ada.pause_player("bot", "[/red] [bold]I sleep[/]")
    assert "[/red] [bold]I sleep[/]" in CliRunner().invoke(app, ["players", "show", "bot", "--url", url]).output
