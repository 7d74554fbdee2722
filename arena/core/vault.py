"""What owners tell in confidence, sealed: AES-256-GCM under the arena's own key, each bound to its player and name.

The key is `ARENA_SECRETS_KEY`, or the file `secrets.key` in the home that the first start writes. Who holds a database,
or a backup of it, reads nothing without that key; what is moved to another player does not open. There may be several
keys, while one takes another's place: the first seals, all of them open.
"""

import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from arena.core.errors import BadConfiguration
from arena.core.redaction import know
from arena.core.settings import LEAST, Settings

FORMAT = b"\x01"
NONCE_BYTES = 12
FILE = "secrets.key"
BETWEEN = re.compile(r"[,\n]")
"""What stands between keys: a comma in a variable, the end of a line in a file."""


class Vault:
    """Seals under one key, and opens under it or an `elder` one. `whose` and `name` are part of the seal."""

    def __init__(self, key: str, *elder: str) -> None:
        # Keys are drawn at random, so one pass of a hash makes them as long as the cipher wants them.
        self._ciphers = [AESGCM(hashlib.sha256(b"arena secrets 1\0" + k.encode()).digest()) for k in (key, *elder)]

    def seal(self, secret: str, whose: str, name: str) -> bytes:
        """The secret as it may be stored. It differs each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._ciphers[0].encrypt(nonce, secret.encode(), _bound(whose, name))

    def open(self, sealed: bytes, whose: str, name: str) -> str:
        """The secret again.

        Raises:
            BadConfiguration: it was sealed under another key, for somebody else, or was changed.
        """
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        for cipher in self._ciphers if sealed[:1] == FORMAT else ():
            with suppress(InvalidTag, ValueError):  # ValueError: too short to be anything
                return cipher.decrypt(nonce, body, _bound(whose, name)).decode()
        what = f"The secret {name!r} of {whose} does not open under this arena's key."
        todo = f"Bring back the {FILE}, or the ARENA_SECRETS_KEY, it was sealed under; or submit the secret again."
        raise BadConfiguration(what, todo=todo)


def _bound(whose: str, name: str) -> bytes:
    return f"{whose}\0{name}".encode()


def vault(settings: Settings) -> Vault:
    """The arena's vault.

    Raises:
        BadConfiguration: there is no key.
    """
    keys = split(settings.secrets_key or _read(settings.home / FILE))
    if len(keys[0]) < LEAST:
        what = f"There is no key to seal secrets with: ARENA_SECRETS_KEY is not set, and no {FILE} is in the home."
        if keys[0]:
            what = f"The key in {settings.home / FILE} has fewer than {LEAST} characters."
        todo = "Give every part of the arena the same ARENA_SECRETS_KEY, or the home that `arena init` prepared."
        raise BadConfiguration(what, todo=todo)
    know(*keys)
    return Vault(*keys)


def split(text: str) -> list[str]:
    """The keys in a variable or a file, the one that seals first; one that is too short to be a key is part of one."""
    keys = [key.strip() for key in BETWEEN.split(text.strip())]
    return keys if all(len(key) >= LEAST for key in keys) else [text.strip()]


def ensure_key(settings: Settings) -> bool:
    """Write a key to a 0600 file in the home where there is none; whether one was made.

    A key that is there is never replaced: nothing sealed under it could be opened again.
    """
    file = settings.home / FILE
    if settings.secrets_key or file.exists():
        return False
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_hex(32) + "\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)  # whole or not at all
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
