"""Webhooks from Python: making and listing them, and telling a true message from a forged one."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

REPLAY_S = 300.0
"""How old, or how far ahead of this machine's clock, a message may be."""


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> bool:
    """Whether a message was signed with this webhook's secret, within the last five minutes. `body` as it came.

    A message may come twice: remember the `webhook-id` of those that were dealt with.
    """
    told = {name.lower(): value for name, value in headers.items()}
    message_id, at = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    if not at.isdecimal() or abs((time.time() if now is None else now) - int(at)) > REPLAY_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(mac).decode()
    signatures = told.get("webhook-signature", "").split()
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in signatures)
