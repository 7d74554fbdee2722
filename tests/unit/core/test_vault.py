"""Secrets at rest: sealed ones open for whom they were sealed, under the key they were sealed with, and not else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.errors import BadConfiguration
from arena.core.redaction import redact
from arena.core.settings import Settings
from arena.core.vault import Vault, ensure_key, vault

KEY = "k" * 32


@given(st.text(), st.text(), st.text())
def test_what_is_sealed_opens_again(secret: str, whose: str, name: str) -> None:
    safe = Vault(KEY)
    try:
        secret.encode()
        f"{whose}{name}".encode()
    except UnicodeEncodeError:
        return
    sealed = safe.seal(secret, whose, name)
    assert Vault(KEY).open(sealed, whose, name) == secret
    assert safe.seal(secret, whose, name) != sealed
    if len(secret) > 3:
        assert secret.encode() not in sealed


@pytest.mark.parametrize(("whose", "name"), [("other", "api_key"), ("me", "other"), ("me\0api", "_key")])
def test_what_was_moved_does_not_open(whose: str, name: str) -> None:
    with pytest.raises(BadConfiguration, match="does not open"):
        Vault(KEY).open(Vault(KEY).seal("sk-1", "me", "api_key"), whose, name)


@given(st.integers(0, 32), st.integers(1, 255))
def test_what_was_changed_does_not_open(at: int, change: int) -> None:
    sealed = bytearray(Vault(KEY).seal("sk-1", "me", "api_key"))
    sealed[at] ^= change
    with pytest.raises(BadConfiguration):
        Vault(KEY).open(bytes(sealed), "me", "api_key")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" + b"0" * 12, b"\x02" + b"0" * 40])
def test_what_is_none_does_not_open(blob: bytes) -> None:
    with pytest.raises(BadConfiguration):
        Vault(KEY).open(blob, "me", "api_key")


def test_another_key_opens_nothing_and_the_error_tells_neither(tmp_path: Path) -> None:
    sealed = Vault(KEY).seal("sk-secret", "me", "api_key")
    with pytest.raises(BadConfiguration) as error:
        Vault("x" * 32).open(sealed, "me", "api_key")
    assert "secrets.key" in error.value.todo
    assert "sk-secret" not in str(error.value)


def test_an_elder_key_opens_and_does_not_seal(tmp_path: Path) -> None:
    new, old = "n" * 32, "o" * 32
    (tmp_path / "secrets.key").write_text(f"{new}\n{old}\n")
    for both in (vault(Settings(home=tmp_path)), vault(Settings(home=tmp_path, secrets_key=f"{new}, {old}"))):
        assert both.open(Vault(old).seal("sk-1", "me", "x"), "me", "x") == "sk-1"
        assert Vault(new).open(both.seal("sk-1", "me", "x"), "me", "x") == "sk-1"
    assert redact(f"{old} and {new}") == "*** and ***"


def test_the_first_start_makes_a_key_for_its_owner_alone_and_no_later_one_another(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(BadConfiguration, match="no key to seal"):
        vault(settings)
    assert ensure_key(settings)
    file = tmp_path / "secrets.key"
    assert file.stat().st_mode & 0o777 == 0o600
    sealed = vault(settings).seal("sk-1", "me", "api_key")
    assert not ensure_key(settings)
    assert vault(settings).open(sealed, "me", "api_key") == "sk-1"
    assert [p.name for p in tmp_path.iterdir()] == ["secrets.key"]
    assert redact(f"the key {file.read_text().strip()}") == "the key ***"


def test_a_key_that_is_given_goes_before_the_file(tmp_path: Path) -> None:
    given = Settings(home=tmp_path, secrets_key=KEY)
    assert not ensure_key(given)
    assert not list(tmp_path.iterdir())
    assert Vault(KEY).open(vault(given).seal("sk-1", "me", "x"), "me", "x") == "sk-1"
    assert KEY not in repr(given)


@pytest.mark.parametrize(
    "key", ["correct horse battery staple, as they say", "o" * 40 + ",short", "a" * 20 + "," + "b" * 20]
)
def test_a_key_with_a_comma_or_blanks_in_it_is_one_key(tmp_path: Path, key: str) -> None:
    sealed = vault(Settings(home=tmp_path, secrets_key=key)).seal("sk-1", "me", "x")
    assert Vault(key).open(sealed, "me", "x") == "sk-1"


def test_a_key_that_is_too_short_is_refused_and_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_SECRETS_KEY", "too-short-to-be-one")
    with pytest.raises(BadConfiguration, match="ARENA_SECRETS_KEY") as error:
        Settings.read()
    assert "too-short-to-be-one" not in str(error.value)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "localhost", "127.0.0.1/8", "10.0.0.0/8;127.0.0.0/8"])
def test_networks_that_are_none_are_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ARENA_PRIVATE_ENDPOINTS", text)
    with pytest.raises(BadConfiguration, match="ARENA_PRIVATE_ENDPOINTS"):
        Settings.read()
