"""What no log may hold: passwords in URLs, bearer tokens, API keys, and the secrets this process was told of."""

import os
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

HIDDEN = "***"
SHORTEST = 6
"""Of the secrets told: anything shorter would be found in words that are none."""

RULES = (
    # The password ends at the last @ before a space or quote: one written raw may hold / and @ itself.
    (re.compile(r"(?<=://)([^\s:/@'\"]*):[^\s'\"]*@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"(?i)(authorization['\"]?\s*[=:,]\s*b?['\"]?(?:\w+\s+)?)[^\s'\",;)]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), rf"\1{HIDDEN}"),
    (re.compile(r"\barena_[A-Za-z0-9_-]{43}"), f"arena_{HIDDEN}"),
    # Redis takes a password that stands alone; elsewhere what stands alone is a user's name.
    (re.compile(r"(?i)((?:redis|valkey)s?://)[^\s:/@'\"]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?i)((?:password|passwd|requirepass|token|signature|[?&]sig|(?:api|access|account|private|secret)[_-]?key"
                r"|secret)['\"]?\s*[=:]\s*b?['\"]?)[^\s'\"&;,)]+"), rf"\1{HIDDEN}"),
)  # fmt: skip
SECRET_NAME = re.compile(r"(?i)(?:key|secrets?|token|password|passwd)(?:_(?!path$|file$|dir$|url$)|$)")
"""A variable whose value is a secret, and not where one lies."""
_known: set[str] = set()


def know(*secrets: str | None) -> None:
    """Hide these wherever they turn up, whatever stands around them."""
    _known.update(s for s in secrets if s and len(s) >= SHORTEST)


def know_url(url: str | None) -> None:
    """Hide a URL's password, as it is written there and as it is meant."""
    try:
        parts = urlsplit(url or "")
        password = parts.password or (parts.username if parts.scheme.startswith(("redis", "valkey")) else None)
    except ValueError:  # not a URL: whoever uses it will say so
        return
    if password:
        know(password, unquote(password))


def know_settings(settings: object) -> None:
    """Hide the passwords in the URLs of these settings, the variables whose names tell of secrets, and Ray's token."""
    for value in vars(settings).values():
        if isinstance(value, str) and "://" in value:
            know_url(value)
    know(*(value for name, value in os.environ.items() if SECRET_NAME.search(name)))
    with suppress(OSError):  # a token that cannot be read is nobody's secret here
        if file := os.environ.get("RAY_AUTH_TOKEN_PATH"):
            know(Path(file).read_text().strip())


def redact(text: str) -> str:
    """The text without its secrets."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, instead in RULES:
        text = pattern.sub(instead, text)
    return text
