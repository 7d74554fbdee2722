"""Players as they are looked for: by owner, status, kind, game and league; each once, and with no more than is told."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine

from arena.client import ClientError
from arena.flow.submit import Submission, submit
from arena.flow.withdraw import pause
from arena.store import lives, players
from tests.integration.accounts import Accounts, refused

pytestmark = pytest.mark.usefixtures("welcome")

MANY = 23


@pytest.fixture
def entered(engine: Engine, welcome: None) -> dict[str, UUID]:
    """Players of two owners, one in each state; some with a past."""
    found: dict[str, UUID] = {}

    def enter(owner: str, name: str, kind: str = "random", games: tuple[str, ...] = (), spec: str = "") -> None:
        given = {"does": spec} if spec else {}
        with engine.begin() as connection:
            new = Submission(name, kind, given, games=games)
            found[name] = submit(connection, players.owner(connection, owner), new, anybodys=True)

    enter("ada", "changed")  # was random, is greedy
    enter("ada", "changed", "greedy")
    enter("ada", "kuhn", games=("kuhn_poker",))
    enter("ada", "rising")  # plays, and a newer version comes up
    enter("ada", "rising", "stranger", spec="play")
    enter("bob", "fallen")  # plays, and a newer version did not make it
    enter("bob", "fallen", "stranger", spec="cheat")
    enter("bob", "sleeping")
    enter("bob", "solver", "minimax")
    enter("bob", "gone")
    with engine.begin() as connection:
        lives.become(connection, found["fallen"], "rejected")
        lives.become(connection, found["gone"], "retired")
        pause(connection, "sleeping")
    return found


EVERYBODY = {"changed", "kuhn", "rising", "fallen", "sleeping", "solver", "gone"}


@pytest.mark.usefixtures("entered")
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, EVERYBODY),
        ({"owner": "ada"}, {"changed", "kuhn", "rising"}),
        ({"owner": "nobody"}, set()),
        ({"status": "active"}, {"changed", "kuhn", "rising", "fallen", "solver"}),
        ({"status": "validating"}, {"rising"}),
        ({"status": "rejected"}, {"fallen"}),
        ({"status": "paused"}, {"sleeping"}),
        ({"status": "retired"}, {"gone"}),
        ({"status": "qualifying"}, set()),
        ({"kind": "random"}, {"kuhn", "rising", "fallen", "sleeping", "gone"}),
        ({"kind": "greedy"}, {"changed"}),
        ({"kind": "stranger", "status": "active"}, set()),
        ({"kind": "random", "status": "active", "owner": "bob"}, {"fallen"}),
        ({"game": "kuhn_poker"}, EVERYBODY - {"solver"}),
        ({"game": "tic_tac_toe", "status": "active"}, {"changed", "rising", "fallen", "solver"}),
        ({"game": "tic_tac_toe", "kind": "minimax"}, {"solver"}),
        ({"league": "open"}, EVERYBODY),
        ({"league": "bare"}, set()),
    ],
)  # fmt: skip
def test_one_version_is_all_that_is_asked_for_and_counts(
    accounts: Accounts, wanted: dict[str, str], names: set[str]
) -> None:
    whole = {player["name"]: player for player in accounts("eve", "read").players()}
    found = [player for player in accounts("eve", "read").players(**wanted) if not player["is_arena"]]
    assert [player["name"] for player in found] == sorted(names)
    assert all(player == whole[player["name"]] for player in found), "with all of its versions"


@pytest.mark.usefixtures("entered")
def test_a_game_finds_those_that_are_said_to_play_it(accounts: Accounts) -> None:
    eve = accounts("eve", "read")
    whole = eve.players()
    for game in ("chess", "kuhn_poker", "twenty_questions", "open_debate"):
        told = {player["name"] for player in eve.players(game=game, status="active")}
        assert told == {
            player["name"]
            for player in whole
            for v in player["versions"]
            if v["status"] == "active" and game in v["games"]
        }


@pytest.mark.usefixtures("entered")
def test_no_filter_shows_what_is_not_told_to_who_asks(engine: Engine, accounts: Accounts, url: str) -> None:
    with engine.begin() as connection:
        players.owner(connection, "cyd")
    with httpx.Client(base_url=f"{url}/api/v1") as anybody:
        known, none = (anybody.get("/players", params={"owner": name}) for name in ("cyd", "nobody"))
        assert (known.status_code, known.content) == (none.status_code, none.content), (
            "accounts are the admins' to list"
        )
        (rising,) = anybody.get("/players", params={"kind": "stranger", "status": "validating"}).json()
    assert [version["spec"] for version in rising["versions"]] == [None, None]
    for owner, spec in (("ada", {"does": "play"}), ("bob", None)):
        (rising,) = accounts(owner, "read").players(status="validating")
        assert rising["versions"][-1]["spec"] == spec


def test_pages_under_a_filter_give_each_player_once(engine: Engine, accounts: Accounts) -> None:
    with engine.begin() as connection:
        ada, bob = (players.owner(connection, name) for name in ("ada", "bob"))
        for i in range(MANY):
            for games in ((), ("kuhn_poker",), ()):  # three versions each
                submit(connection, ada, Submission(f"a{i:02}", games=games, kind="random"), anybodys=True)
            submit(connection, bob, Submission(f"a{i:02}-b", kind="random"), anybodys=True)
    eve = accounts("eve", "read")
    whole = [f"a{i:02}" for i in range(MANY)]
    for limit in (1, 5, MANY, MANY + 1):
        rows = eve._each("/players", limit=limit, owner="ada", status="active", game="kuhn_poker")
        assert [player["name"] for player in rows] == whole
    rows = eve._each("/players", limit=5, owner="ada", status="active")
    got = [next(rows)["name"] for _ in range(5)]
    with engine.begin() as connection:
        submit(connection, ada, Submission("a00-late", "random"), anybodys=True)
        submit(connection, ada, Submission("a07-late", "random"), anybodys=True)
        pause(connection, "a20")
    got += [player["name"] for player in rows]
    assert got == sorted({*whole, "a07-late"} - {"a20"})


@pytest.mark.usefixtures("entered")
def test_what_a_filter_gave_is_not_sent_again(engine: Engine, url: str) -> None:
    wanted = {"status": "active", "owner": "ada"}
    with httpx.Client(base_url=f"{url}/api/v1") as anybody:
        tag = anybody.get("/players", params=wanted).headers["etag"]
        assert anybody.get("/players", params=wanted, headers={"If-None-Match": tag}).status_code == 304
        other = anybody.get("/players", params={**wanted, "kind": "greedy"}, headers={"If-None-Match": tag})
        assert other.status_code == 200
        with engine.begin() as connection:
            pause(connection, "kuhn")
        changed = anybody.get("/players", params=wanted, headers={"If-None-Match": tag})
        assert [player["name"] for player in changed.json()] == ["changed", "rising"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"status": "asleep"}, "request.invalid"),
        ({"state": "active"}, "request.invalid"),
        ({"kind": "randum"}, "kind.unknown"),
        ({"game": "chess9"}, "game.unknown"),
        ({"game": "openspiel:chess"}, "game.unknown"),
        ({"league": "x"}, "request.invalid"),
        ({"owner": "x" * 201}, "request.invalid"),
        ({"owner": "\0"}, "request.invalid"),
    ],
)
def test_a_filter_that_is_none_is_refused(accounts: Accounts, wanted: dict[str, str], code: str) -> None:
    assert refused(lambda: accounts("eve", "read").players(**wanted)) == code


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/players?status=activ", "active"),
        ("/players?league=opne", "open"),
        ("/matches?purpose=rate", "rated"),
        ("/matches?league=bear", "bare"),
    ],
)
def test_a_value_that_is_no_choice_is_told_the_nearest(url: str, path: str, meant: str) -> None:
    told = httpx.get(f"{url}/api/v1{path}").json()
    assert told["code"] == "request.invalid"
    assert told["todo"].startswith(f"Did you mean `{meant}`? ")


def test_so_is_the_name_of_a_view(accounts: Accounts) -> None:
    ada = accounts("ada", "submit")
    ada.submit("mine", "random")
    with pytest.raises(ClientError) as told:
        ada.ask("tic_tac_toe", ["mine", "random"], view="jsn")
    assert (told.value.code, told.value.todo[:21]) == ("game.view_unknown", "Did you mean `json`? ")
