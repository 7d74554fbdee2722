"""Uploaded weights from the front door to the bare ladder: whose they are, which league, and that they play there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from arena.client import ClientError
from arena.core.settings import Settings
from arena.core.terms import Terms
from arena.flow.qualify import Qualifier
from arena.flow.schedule import open_ladders
from arena.flow.submit import Submission, seat_references, submit
from arena.store import players
from tests import play
from tests.integration.accounts import Accounts, refusal
from tests.integration.server import serving
from tests.unit.workers.learner.bundles import fresh
from workers.policy.weights import pack

SHAPE = {"width": 32, "layers": 2, "heads": 2, "context": 24}


@pytest.fixture
def url(engine: Engine, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("ARENA_ARTIFACTS_URL", (tmp_path / "store").as_uri())
    monkeypatch.setenv("ARENA_BASES", '{"smollm2": "smollm2", "qwen": "/models/qwen"}')
    with engine.begin() as connection:
        seat_references(connection)
    with serving(engine, redis_url) as url:
        yield url


def spec(digest: str) -> dict[str, object]:
    shape = fresh(3).config
    tiny = {"width": shape.width, "layers": shape.layers, "heads": shape.heads, "context": shape.context}
    return {"upload": digest, "form": "tiny", "tiny": tiny}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "kuhn.safetensors"
    file.write_bytes(pack(fresh(3).state()))
    return file


def test_who_uploaded_weights_submits_a_player_that_plays_on_the_bare_ladder(
    engine: Engine, accounts: Accounts, file: Path
) -> None:
    ada = accounts("ada", "submit")
    done = ada.upload(file)
    ada.submit("hosted", "weights", spec(done["sha256"]), games=["kuhn_poker"])
    (version,) = ada.player("hosted")["versions"]
    assert (version["league"], version["status"]) == ("bare", "validating")
    assert accounts("bob", "submit").player("hosted")["versions"][0]["spec"] is None
    for _ in range(2):
        Qualifier(engine, Terms()).once(frozenset())
        play.settle(engine, None)
    assert ada.player("hosted")["versions"][0]["status"] == "active"
    with engine.begin() as connection:
        (ladder,) = [x for x in open_ladders(connection) if (x.game, x.league) == ("kuhn_poker", "bare")]
        assert {member.exempt for member in ladder.members} == {True, False}, "with the arena's own"
        seats = [players.latest(connection, name) for name in ("hosted", "random")]
    play.order(engine, "kuhn_poker", [seat.id for seat in seats if seat])
    assert play.settle(engine, None) == 1
    with pytest.raises(ClientError) as error:
        ada.delete_upload(done["id"])
    assert error.value.code == "upload.in_use"
    with engine.begin() as connection:
        connection.execute(text("UPDATE player_version SET status = 'retired' WHERE league = 'bare'"))
    ada.delete_upload(done["id"])


def test_nobody_else_does_but_an_admin(accounts: Accounts, file: Path) -> None:
    ada, bob, root = (accounts(*who) for who in (("ada", "submit"), ("bob", "submit"), ("root", "admin")))
    digest = ada.upload(file)["sha256"]
    for other in (bob, accounts("carol", "submit")):
        with pytest.raises(ClientError) as error:
            other.submit("stolen", "weights", spec(digest))
        assert (error.value.status, error.value.code) == (404, "upload.unknown")
    bob.upload(file)
    assert bob.submit("mine", "weights", spec(digest))["player"] == "mine", "whoever has the file has it"
    assert root.submit("theirs", "weights", spec(digest))["player"] == "theirs"


def test_an_upload_that_is_not_complete_is_none(accounts: Accounts, file: Path) -> None:
    ada = accounts("ada", "submit")
    ada._send("POST", "/uploads", json={"size": file.stat().st_size, "sha256": "0" * 64})
    with pytest.raises(ClientError) as error:
        ada.submit("early", "weights", spec("0" * 64))
    assert error.value.code == "upload.unknown"


@pytest.mark.parametrize("form", ["lora", "full"])
def test_a_base_that_the_operator_does_not_list_is_refused_at_submission(
    engine: Engine, accounts: Accounts, file: Path, form: str
) -> None:
    ada = accounts("ada", "submit")
    weights = {"upload": ada.upload(file)["sha256"], "form": form}
    told = refusal(lambda: ada.submit("mine", "weights", {**weights, "base": "smollm"}))
    assert (told.status, told.code, told.what) == (422, "base.unknown", "There is no base 'smollm' here.")
    assert told.todo == "Did you mean `smollm2`? The operator lists: qwen, smollm2."
    lacking = refusal(lambda: ada.submit("mine", "weights", weights))
    assert (lacking.code, "It needs: base." in lacking.todo) == ("spec.invalid", True)
    assert not ada.players(owner="ada"), "nothing is left of it"
    assert ada.submit("mine", "weights", {**weights, "base": "qwen"})["status"] == "validating"
    untold = Settings.read().model_copy(update={"bases": None})
    with engine.begin() as connection:  # where the hosts have a list and the API has none, it cannot know
        new = Submission("other", "weights", {**weights, "base": "smollm"})
        assert submit(connection, players.owner(connection, "ada"), new, untold)


def test_a_league_is_its_kinds_and_no_other(engine: Engine, accounts: Accounts, file: Path) -> None:
    ada = accounts("ada", "submit")
    for kind, league in (("random", "bare"), ("weights", "open")):
        given = spec(ada.upload(file)["sha256"]) if kind == "weights" else {}
        with pytest.raises(ClientError) as error:
            ada._send("POST", "/players", json={"name": "x", "kind": kind, "spec": given, "league": league})
        assert error.value.code == "player.cannot_play"
    with engine.begin() as connection:
        owner = players.owner(connection, "ada")
        submit(connection, owner, Submission("plain", "random"))
        found = players.latest(connection, "plain")
    assert found
    assert found.league == "open"
