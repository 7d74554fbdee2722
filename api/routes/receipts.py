"""The public keys of the arena's receipts: with them anyone can check when an answer came, and from whom."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.context import Transaction
from api.problems import responses
from arena.store import signing

router = APIRouter(prefix="/api/v1/receipts", tags=["receipts"])

EXAMPLE: dict[str, Any] = {
    "keys": [{
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "created_at": "2026-01-05T10:00:00Z",
    }]
}  # fmt: skip


class PublicKey(BaseModel):
    """A JSON Web Key (RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"
    kid: str
    x: str
    created_at: datetime


class PublicKeys(BaseModel):
    """A JSON Web Key Set."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    keys: list[PublicKey]


@router.get("/keys", summary="The keys that receipts are checked with", responses=responses())
def receipt_keys(connection: Transaction) -> PublicKeys:
    """Every key that ever signed, oldest first. There is none before the first bot has connected."""
    return PublicKeys(
        keys=[
            PublicKey(kid=str(row.id), x=_text(row.public), created_at=row.created_at)
            for row in signing.public(connection)
        ]
    )


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
