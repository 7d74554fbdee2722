"""Receipts: the arena's own signature of when an answer came, and from whom. JSON Web Signatures (RFC 7515), Ed25519.

Pure functions; the keys are the caller's. Anyone may check a receipt with the public key that the API tells.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct
from msgspec import json as fast

MAX = 4_000
"""Characters of a receipt; they have about 700."""


class Receipt(Struct, kw_only=True):
    """What is signed. Times are Unix seconds by the arena's own clocks."""

    match: str
    fence: int
    """Which playing of the match: one that was void is played again under a higher one."""
    version: str
    """The player version that answered."""
    seat: int
    ply: int
    attempt: int
    action: str
    """SHA-256 of the answered action, in hexadecimal."""
    asked: float
    """When the match host asked."""
    sent: float
    """When the gateway sent the turn on, by the connection that the answer came by; `asked` where that was another."""
    received: float
    """When the answer had come."""


class MatchReceipt(Struct, kw_only=True):
    """What the arena vouches for of a settled match: that it has replayed this, and kept it. Times are UTC, ISO."""

    match: str
    fence: int
    seats: list[str]
    """Player versions, in the order of play."""
    scores: list[float]
    stops: list[str]
    game_hash: str
    """Covers what a replay gives, in hexadecimal."""
    evidence_hash: str
    """Covers the whole report: every raw reply, rejected ones too, and every clock."""
    host: str
    finished: str
    settled: str


class BadReceipt(ValueError):
    """It is no receipt, or none of this key."""


def new_key() -> bytes:
    """A fresh private key, 32 bytes."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> bytes:
    """The public key that goes with a private one, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def action_hash(action: str) -> str:
    """What a receipt says of an action."""
    return hashlib.sha256(action.encode("utf-8", "backslashreplace")).hexdigest()


class Signer:
    """Signs with one private key, whose id is in every receipt."""

    def __init__(self, key_id: str, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self._header = _text(json.dumps({"alg": "EdDSA", "kid": key_id}, separators=(",", ":")).encode())

    def sign(self, receipt: Receipt | MatchReceipt) -> str:
        """The receipt as a compact JWS."""
        signed = f"{self._header}.{_text(fast.encode(receipt))}"
        return f"{signed}.{_text(self._key.sign(signed.encode()))}"


def key_id(jws: str) -> str:
    """The id of the key that a receipt says it was signed with.

    Raises:
        BadReceipt: it is no receipt.
    """
    header, _, _ = _parts(jws)
    return str(header.get("kid", ""))


Kind = TypeVar("Kind", Receipt, MatchReceipt)


def verify(jws: str, public: bytes, kind: type[Kind] = Receipt) -> Kind:
    """What a receipt says, once it is known to be signed with the private half of this key.

    Raises:
        BadReceipt: it is not, or says nothing that is understood.
    """
    header, body, signature = _parts(jws)
    if header.get("alg") != "EdDSA":
        raise BadReceipt("it is signed by another method")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, jws.rpartition(".")[0].encode())
        return fast.decode(body, type=kind)
    except (InvalidSignature, ValueError) as error:
        raise BadReceipt(f"it does not verify: {type(error).__name__}") from None


def _parts(jws: str) -> tuple[dict[str, Any], bytes, bytes]:
    try:
        if len(jws) > MAX:
            raise ValueError("too long")
        header, body, signature = (_bytes(part) for part in jws.split("."))
        told = json.loads(header)
        if not isinstance(told, dict):
            raise ValueError("no header")
    except ValueError as error:
        raise BadReceipt(f"it is no receipt: {error}") from None
    return told, body, signature  # pyright: ignore[reportUnknownVariableType]  # JSON


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(raw) != text:  # of the texts that mean the same bytes, only one is a receipt
        raise ValueError("not base64url")
    return raw
