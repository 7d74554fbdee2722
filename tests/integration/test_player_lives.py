"""A player's life over REST and from the command line: who may change it, what is told of it, and to whom."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from arena.client import ClientError
from arena.core.errors import TooManyAsked
from arena.core.terms import Terms
from arena.flow.ask import OPEN, Wish, ask
from arena.flow.qualify import Qualifier
from arena.flow.submit import ARENA, Submission, seat_references, submit
from arena.store import players
from tests.integration.accounts import Accounts, key_for, refused
from tests.play import settle

pytestmark = pytest.mark.usefixtures("welcome")


def on(engine: Engine) -> None:
    """Let every version that comes up take its next step."""
    Qualifier(engine, Terms()).once(frozenset())
    settle(engine, None)
    Qualifier(engine, Terms()).once(frozenset())


def test_from_submitted_to_active_and_all_that_is_told_of_it(engine: Engine, accounts: Accounts) -> None:
    ada, bob = accounts("ada", "submit"), accounts("bob", "submit")
    made = ada.submit("mine", "stranger", {"does": "play"}, games=["tic_tac_toe"])
    assert (made["player"], made["status"]) == ("mine", "validating")
    on(engine)
    (version,) = ada.player("mine")["versions"]
    assert (version["status"], version["spec"]) == ("active", {"does": "play"})
    assert [change["status"] for change in version["history"]] == ["qualifying", "active"]
    stops = {ada.match(match)["purpose"] for match in version["history"][-1]["matches"]}
    assert stops == {"qualification"}
    assert bob.player("mine")["versions"][0]["spec"] is None
    assert [p["versions"][0]["spec"] for p in bob.players() if p["name"] == "mine"] == [None]


def test_a_rejected_one_is_told_why_with_the_transcripts(engine: Engine, accounts: Accounts) -> None:
    ada = accounts("ada", "submit")
    ada.submit("mine", "stranger", {"does": "cheat"}, games=["tic_tac_toe"])
    on(engine)
    (version,) = ada.player("mine")["versions"]
    last = version["history"][-1]
    assert (version["status"], last["status"]) == ("rejected", "rejected")
    assert "tic_tac_toe: illegal" in last["reason"]
    seen = ada.match(last["matches"][0])
    assert seen["transcript"]["unfinished"][0]["reply"] == "a stolen move"
    causes = [seat["why"] for seat in seen["seats"]]
    assert causes.count(None) == 1
    (cause,) = filter(None, causes)
    assert cause.endswith("The last was 'a stolen move'.")
    assert cause in last["reason"]


def test_the_list_says_what_comes_up_beside_the_version_that_plays(
    engine: Engine, accounts: Accounts, url: str
) -> None:
    ada = accounts("ada", "submit")
    ada.submit("mine", "random")
    ada.submit("mine", "stranger", {"does": "play"})
    ada.pause_player("mine")
    shown = arena(url, key_for(engine, "ada", "read"), "list", "--status", "validating").stdout
    assert "paused, @2 validating" in shown


def test_its_owner_and_who_moderates_may_pause_resume_and_retire_it(accounts: Accounts) -> None:
    ada, bob, judge = accounts("ada", "submit"), accounts("bob", "submit"), accounts("judge", "moderate")
    ada.submit("mine", "random")
    assert refused(lambda: bob.pause_player("mine")) == "auth.forbidden"
    assert refused(lambda: accounts("ada", "read").pause_player("mine")) == "auth.forbidden"
    assert refused(lambda: ada.pause_player("nobody")) == "player.unknown"
    assert ada.pause_player("mine", "My laptop sleeps.")["versions"][0]["status"] == "paused"
    assert refused(lambda: ada.pause_player("mine")) == "player.not_in_play"
    assert ada.resume_player("mine")["versions"][0]["status"] == "active"
    assert judge.pause_player("mine", "It stalls.")["versions"][0]["history"][-1]["reason"] == "It stalls."
    assert refused(lambda: ada.resume_player("mine")) == "player.held"
    assert refused(lambda: ada.retire_player("mine")) == "player.held"
    assert refused(lambda: ada.submit("mine", "random", {}, ["tic_tac_toe"])) == "player.held"
    assert judge.resume_player("mine", "It does not.")["versions"][0]["status"] == "active"
    assert judge.retire_player("mine", "It does.")["versions"][0]["status"] == "retired"
    assert refused(lambda: ada.submit("mine", "random")) == "player.held"
    assert judge.resume_player("mine", "A mistake.")["versions"][0]["status"] == "active"
    assert ada.retire_player("mine")["versions"][0]["status"] == "retired"
    assert refused(lambda: ada.resume_player("mine")) == "player.not_in_play"
    noted = [
        row["action"] for row in accounts(ARENA, "admin").audit()["entries"] if row["action"].startswith("player.")
    ]
    assert noted[-4:] == ["player.pause", "player.resume", "player.pause", "player.submitted"]


def advice(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.code == "player.not_in_play"
    return f"{error.value.what} {error.value.todo}"


def test_who_cannot_be_turned_so_is_told_what_may_be_done_instead(accounts: Accounts) -> None:
    ada = accounts("ada", "submit")
    ada.submit("mine", "random")
    ada.submit("mine", "stranger", {"does": "play"})
    told = "mine is active: no version of it is paused. It plays: pause it to have it rest."
    assert advice(lambda: ada.resume_player("mine")) == told
    ada.pause_player("mine")
    assert advice(lambda: ada.pause_player("mine")).endswith("Resume it to have it play.")
    ada.submit("new", "stranger", {"does": "play"})
    assert advice(lambda: ada.pause_player("new")).endswith("It plays once it has qualified; retire it to end that.")
    ada.retire_player("new")
    assert advice(lambda: ada.retire_player("new")).endswith("Submit it again to have it play.")


def test_one_may_ask_ones_own_players_to_meet_the_arenas_and_no_others(engine: Engine, accounts: Accounts) -> None:
    ada, bob = accounts("ada", "submit"), accounts("bob", "submit")
    ada.submit("mine", "random")
    bob.submit("theirs", "random")
    asked = ada.ask("tic_tac_toe", ["mine", "minimax"], seed=3)
    assert settle(engine, None) == 1
    told = ada.match(asked["id"])
    assert (told["purpose"], told["status"], told["seed"]) == ("evaluation", "settled", 3)
    assert refused(lambda: ada.ask("tic_tac_toe", ["mine", "theirs"])) == "auth.forbidden"
    assert refused(lambda: ada.ask("tic_tac_toe", ["random", "minimax"])) == "auth.forbidden"
    assert accounts(ARENA, "admin").ask("tic_tac_toe", ["mine", "theirs"])["id"]


def test_who_is_not_there_or_plays_other_games_is_not_asked(engine: Engine, accounts: Accounts) -> None:
    ada = accounts("ada", "submit")
    ada.submit("bot", "visitor")
    assert refused(lambda: ada.ask("tic_tac_toe", ["bot", "random"])) == "bot.away"
    ada.submit("mine", "random", games=["kuhn_poker"])
    assert refused(lambda: ada.ask("tic_tac_toe", ["mine", "random"])) == "player.cannot_play"
    assert ada.ask("kuhn_poker", ["mine", "random"])["id"]


def test_nobody_fills_the_queue_with_what_he_asks_for(engine: Engine, accounts: Accounts) -> None:
    ada, bob = accounts("ada", "submit"), accounts("bob", "submit")
    ada.submit("mine", "random")
    bob.submit("theirs", "random")
    for _ in range(OPEN):
        ada.ask("tic_tac_toe", ["mine", "mine"])
    assert refused(lambda: ada.ask("tic_tac_toe", ["mine", "random"])) == "match.too_many_asked"
    assert bob.ask("tic_tac_toe", ["theirs", "random"])["id"]
    settle(engine, None)
    assert ada.ask("tic_tac_toe", ["mine", "random"])["id"]


def test_of_two_that_ask_at_once_for_the_last_place_one_waits_and_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        seat_references(connection)
        ada = players.owner(connection, "ada")
        submit(connection, ada, Submission("mine", "random"))
        wish = Wish("tic_tac_toe", ("mine", "random"))
        for _ in range(OPEN - 1):
            ask(connection, wish, owner_id=ada)
    with engine.begin() as one, engine.connect() as other:
        ask(one, wish, owner_id=ada)
        other.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            ask(other, wish, owner_id=ada)
    with engine.begin() as other, pytest.raises(TooManyAsked):
        ask(other, wish, owner_id=ada)


def arena(url: str, key: str, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    given = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    given |= {"ARENA_URL": url, "ARENA_API_KEY": key, "ARENA_HOME": "/nowhere", **more}
    command = (sys.executable, "-m", "arena.cli.main", "players", *words)
    return subprocess.run(command, capture_output=True, text=True, env=given, timeout=60, check=False)


def test_the_command_submits_lists_shows_and_withdraws(engine: Engine, url: str, tmp_path: Path) -> None:
    key, file = key_for(engine, "ada", "submit"), tmp_path / "mine.json"
    file.write_text(json.dumps({"name": "mine", "kind": "random", "games": ["tic_tac_toe"]}))
    done = arena(url, key, "submit", str(file), "--follow")
    assert (done.returncode, "active" in done.stdout) == (0, True), done.stderr
    assert "mine" in arena(url, key, "list", "--mine").stdout
    assert "minimax" not in arena(url, key, "list", "--mine").stdout
    assert "minimax" in arena(url, key, "list").stdout
    named = [player["name"] for player in json.loads(arena(url, key, "list", "--kind", "random", "--json").stdout)]
    assert named == ["mine", "random"]
    assert "no such players" in arena(url, key, "list", "--owner", "ada", "--status", "paused").stdout
    assert "one of them" in arena(url, key, "list", "--mine", "--owner", "ada").stderr
    paused = arena(url, key, "pause", "mine", "--why", "I sleep.", "--json")
    assert json.loads(paused.stdout)["versions"][0]["status"] == "paused"
    assert "I sleep." in arena(url, key, "show", "mine").stdout
    again = arena(url, key, "pause", "mine")
    assert (again.returncode, "player.not_in_play" in again.stderr) == (1, True)
    assert arena(url, key, "resume", "mine").returncode == 0
    assert "retired" in arena(url, key, "retire", "mine").stdout


@pytest.mark.parametrize(
    ("written", "words", "said"),
    [
        ({"name": "mine"}, (), "lacks kind"),
        ({"name": "mine", "kind": "random", "colour": 1}, (), "has colour"),
        ({"name": "mine", "kind": "random", "game": []}, (), "Did you mean `games`?"),
        ({"name": "mine", "kind": "random", "league": "bare"}, (), "player.cannot_play"),
        ({"name": "mine", "kind": "random"}, ("--secret", "api_key=NO_SUCH"), "NO_SUCH"),
        ({"name": "mine", "kind": "randum"}, (), "kind.unknown"),
    ],
)
def test_a_submission_that_is_none_is_told(
    engine: Engine, url: str, tmp_path: Path, written: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(written))
    done = arena(url, key_for(engine, "ada", "submit"), "submit", str(file), *words)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
