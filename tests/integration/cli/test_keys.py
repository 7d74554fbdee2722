"""`arena keys`: a key for somebody new, whose account is not made for a key that cannot be."""

import json

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from arena.cli.main import app
from arena.store import keys
from tests.integration.accounts import key_for


def run(url: str, *words: str) -> tuple[int, str]:
    shown = CliRunner().invoke(app, ["keys", *words, "--url", url])
    return shown.exit_code, shown.output


def test_add_rotate_list_and_revoke(engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_API_KEY", key_for(engine, "root", "admin"))
    code, shown = run(url, "add", "bogus", "--owner", "ada")
    assert code == 2
    assert "'bogus' is no scope" in shown
    assert "Did you mean `submit`?" in run(url, "add", "sumbit", "--owner", "ada")[1]
    code, shown = run(url, "list", "--json")
    assert {key["owner"] for key in json.loads(shown)} == {"root"}
    code, shown = run(url, "add", "submit", "--owner", "ada", "--json")
    made = json.loads(shown)
    assert (code, made["owner"]) == (0, "ada")
    code, shown = run(url, "rotate", made["id"], "--json")
    rotated = json.loads(shown)
    listed = run(url, "list")[1]
    assert rotated["id"][-8:] in listed
    ends = next(k["expires_at"] for k in json.loads(run(url, "list", "--json")[1]) if k["id"] == made["id"])
    assert f"{ends[:10]} {ends[11:16]} UTC" in listed, "ten minutes are not told by a day"
    assert run(url, "revoke", rotated["id"])[0] == 0
    with engine.connect() as connection:
        assert keys.holder(connection, rotated["key"]) is None
        assert keys.holder(connection, made["key"]) is not None, "for the ten minutes of its grace"
