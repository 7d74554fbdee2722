"""What counts as a secret in a text, and what does not."""

import string
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core import redaction
from arena.core.redaction import know, know_settings, know_url, redact
from arena.core.settings import Settings
from arena.store.keys import PREFIX

KEY = PREFIX + "Ab3_-" * 8 + "xyz"
RAW = string.ascii_letters + string.digits + string.punctuation.replace('"', "").replace("'", "")


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", set[str]())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgresql://arena:hunter22@db:5432/arena?x=1", "postgresql://arena:***@db:5432/arena?x=1"),
        ("postgresql+psycopg://a:p/w@x@db/arena down", "postgresql+psycopg://a:***@db/arena down"),
        ("redis://:hunter22@127.0.0.1:6379/0.", "redis://:***@127.0.0.1:6379/0."),
        ("Authorization: Bearer hunter22", "Authorization: Bearer ***"),
        ("{'authorization': 'Bearer hunter22'}", "{'authorization': 'Bearer ***'}"),
        ("[(b'authorization', b'Bearer hunter22')]", "[(b'authorization', b'Bearer ***')]"),
        ("AUTHORIZATION: hunter22", "AUTHORIZATION: ***"),
        ("bearer hunter22hunter22", "bearer ***"),
        (f"key {KEY}, made", "key arena_***, made"),
        ("host=db password=hunter22 dbname=x", "host=db password=*** dbname=x"),
        ('{"ray_token": "hunter22"}', '{"ray_token": "***"}'),
        ("api-key:hunter22", "api-key:***"),
        ("AWS_SECRET_ACCESS_KEY=hunt/er+22= x", "AWS_SECRET_ACCESS_KEY=*** x"),
        ("S3(secret_access_key='hunter22', b=1)", "S3(secret_access_key='***', b=1)"),
        ("https://s3/x?X-Amz-Signature=hunter22&b=1", "https://s3/x?X-Amz-Signature=***&b=1"),
        ("https://blob/x?sv=1&sig=hunter22", "https://blob/x?sv=1&sig=***"),
        ("AccountKey=hunter22;a", "AccountKey=***;a"),
        ("redis://hunter22@host/0", "redis://***@host/0"),
        ("rediss://hunter22@host/0", "rediss://***@host/0"),
    ],
)
def test_hidden(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000/api/v1/players",
        "postgresql://arena@db:5432/arena",
        "Send it as a bearer token; a key begins with arena_",
        "prompt_tokens: 5",
        "arena_queue_depth 3",
        "ada@example.org wrote",
        "redis://127.0.0.1:6379/0 of ada@example.org",
        "the key: a1 of design=3",
    ],
)
def test_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.text(RAW, min_size=redaction.SHORTEST))
def test_no_password_in_a_url_is_left(password: str) -> None:
    text = redact(f"cannot reach postgresql://arena:{password}@db/arena today")
    assert text == "cannot reach postgresql://arena:***@db/arena today"


@given(st.text(min_size=redaction.SHORTEST).filter(lambda s: s not in "postgresql://arena:@db/arena***"))
def test_what_it_was_told_of_is_hidden_anywhere(secret: str) -> None:
    redaction._known.clear()
    know_url(f"postgresql://arena:{quote(secret, safe='')}@db/arena")
    assert secret not in redact(f"x{secret}y") or secret in redaction.HIDDEN
    assert quote(secret, safe="") not in redact(f"x{quote(secret, safe='')}y")


def test_short_words_and_wrong_urls_are_not_taken_for_secrets() -> None:
    know("abc", None, "")
    know_url("http://[::1")
    know_url(None)
    assert redact("abc http://[::1") == "abc http://[::1"


def test_what_the_settings_hold_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ray-ray-ray-1\n")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("RAY_AUTH_TOKEN", "ray-ray-ray-2")
    know_settings(Settings(database_url="postgresql://a:hunter22@db/a", redis_url="redis://:hunter%2F33@h/0"))
    assert redact("hunter22 hunter/33 hunter%2F33 ray-ray-ray-1 ray-ray-ray-2 db") == "*** *** *** *** *** db"
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "none"))
    know_settings(Settings())


def test_what_the_variables_named_after_secrets_hold_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    for n, name in enumerate(("AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PGPASSWORD", "CLIENT_SECRET_2")):
        monkeypatch.setenv(name, f"hunter-{n}")
    for name in ("RAY_AUTH_TOKEN_PATH", "TLS_KEY_FILE", "TOKENIZERS", "MAX_TOKENS", "KEYBOARD"):
        monkeypatch.setenv(name, f"plain-{name}")
    know_settings(Settings(redis_url="redis://hunter-5@h/0"))
    assert redact("hunter-0 hunter-1 hunter-2 hunter-3 hunter-5") == "*** *** *** *** ***"
    assert redact("plain-RAY_AUTH_TOKEN_PATH plain-MAX_TOKENS plain-KEYBOARD") == (
        "plain-RAY_AUTH_TOKEN_PATH plain-MAX_TOKENS plain-KEYBOARD"
    )
