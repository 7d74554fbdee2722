"""The API's errors, and wrong addresses and keys, in words that say what to do at a command line."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from arena.cli import train
from arena.cli.shared.remote import arena_at
from arena.client import ClientError
from arena.core.errors import ArenaError, BadRequest, NotAuthenticated
from arena.core.redaction import redact

AT = "http://127.0.0.1:9"


def told(error: ClientError, *, with_key: bool = False) -> ArenaError:
    with pytest.raises(ArenaError) as raised, arena_at(AT, with_key=with_key):
        raise error
    return raised.value


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://", "http://x:port", "http://[::1"])
def test_an_address_that_is_none_is_told_as_such(url: str) -> None:
    with pytest.raises(BadRequest, match="no address of an arena"), arena_at(url):
        pass


def test_a_code_without_a_class_stays_what_it_is() -> None:
    assert told(ClientError("request.too_large", "Too large.", "Send less.", 413)).code == "request.too_large"
    assert told(ClientError("job.ended", "It is done.", "Launch.", 409)).code == "job.ended"
    assert ArenaError("x", todo="y").code == "arena.error"


def test_a_key_that_is_none_is_told_with_its_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refused = ClientError(
        "auth.missing", "The API key is unknown or revoked.", "Send `Authorization: Bearer KEY`.", 401
    )
    monkeypatch.setenv("ARENA_API_KEY", "bad")
    error = told(refused, with_key=True)
    assert isinstance(error, NotAuthenticated)
    assert "ARENA_API_KEY" in error.todo
    assert redact(str(error)) == str(error), "and nothing of it is hidden"
    monkeypatch.delenv("ARENA_API_KEY")
    monkeypatch.setenv("ARENA_HOME", str(tmp_path))
    (tmp_path / "admin.key").write_text("old")
    assert str(tmp_path / "admin.key") in told(refused, with_key=True).todo


def test_a_data_set_job_is_no_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: pytest.fail("nothing is to be asked"))
    done = CliRunner().invoke(train.app, ["examples/jobs/kuhn_poker.toml", "--url", AT])
    assert isinstance(done.exception, BadRequest)
    assert "arena jobs launch examples/jobs/kuhn_poker.toml" in str(done.exception)
