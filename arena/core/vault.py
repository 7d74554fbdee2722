"""What owners tell in confidence, sealed: AES-256-GCM under the arena's own key, each bound to its player and name.

The key is `ARENA_SECRETS_KEY`, or the file `secrets.key` in the home that the first start writes. Who holds a database,
or a backup of it, reads nothing without that key; what is moved to another player does not open.
"""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from arena.core.errors import BadConfiguration
from arena.core.redaction import know
from arena.core.settings import Settings

FORMAT = b"\x01"
NONCE_BYTES = 12
LEAST = 32
"""Characters of a key."""
FILE = "secrets.key"


class Vault:
    """Seals and opens under one key. `whose` and `name` are part of the seal, and not of what is sealed."""

    def __init__(self, key: str) -> None:
        # The key is drawn at random, so one pass of a hash makes it as long as the cipher wants it.
        self._cipher = AESGCM(hashlib.sha256(b"arena secrets 1\0" + key.encode()).digest())

    def seal(self, secret: str, whose: str, name: str) -> bytes:
        """The secret as it may be stored. It differs each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, secret.encode(), _bound(whose, name))

    def open(self, sealed: bytes, whose: str, name: str) -> str:
        """The secret again.

        Raises:
            BadConfiguration: it was sealed under another key, for somebody else, or was changed.
        """
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != FORMAT:
                raise InvalidTag
            return self._cipher.decrypt(nonce, body, _bound(whose, name)).decode()
        except (InvalidTag, ValueError):  # ValueError: too short to be anything
            what = f"The secret {name!r} of the player version {whose} does not open under this arena's key."
            todo = f"Bring back the {FILE}, or the ARENA_SECRETS_KEY, it was sealed under; or submit the secret again."
            raise BadConfiguration(what, todo=todo) from None


def _bound(whose: str, name: str) -> bytes:
    return f"{whose}\0{name}".encode()


def vault(settings: Settings) -> Vault:
    """The arena's vault.

    Raises:
        BadConfiguration: there is no key.
    """
    key = settings.secrets_key or _read(settings.home / FILE)
    if len(key) < LEAST:
        what = f"There is no key to seal secrets with: ARENA_SECRETS_KEY is not set, and no {FILE} is in the home."
        todo = "Give every part of the arena the same ARENA_SECRETS_KEY, or the home that `arena init` prepared."
        raise BadConfiguration(what, todo=todo)
    know(key)
    return Vault(key)


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
