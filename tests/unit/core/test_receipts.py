"""Receipts: what was signed verifies with the public key, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.receipts import BadReceipt, Receipt, Signer, action_hash, key_id, new_key, public_key, verify

KEY, OTHER = new_key(), new_key()
SIGNER = Signer("key-1", KEY)
times = st.floats(0, 1e11, allow_nan=False)


def receipt(**changes: object) -> Receipt:
    values = {
        "match": "m", "fence": 1, "version": "v", "seat": 0, "ply": 3, "attempt": 1, "action": action_hash("4"),
        "asked": 1.5, "sent": 1.5, "received": 2.25,
    }  # fmt: skip
    return Receipt(**{**values, **changes})  # type: ignore[arg-type]


@given(st.text(max_size=40), times, times, st.integers(0, 10_000))
def test_what_was_signed_verifies(match: str, asked: float, received: float, ply: int) -> None:
    told = receipt(match=match, asked=asked, received=received, ply=ply)
    signed = SIGNER.sign(told)
    assert verify(signed, public_key(KEY)) == told
    assert key_id(signed) == "key-1"
    with pytest.raises(BadReceipt):
        verify(signed, public_key(OTHER))


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_whatever_is_changed_does_not_verify(place: int, instead: str) -> None:
    signed = SIGNER.sign(receipt())
    at = place % len(signed)
    if signed[at] == instead:
        return
    with pytest.raises(BadReceipt):
        verify(signed[:at] + instead + signed[at + 1 :], public_key(KEY))


@given(st.text(max_size=300))
def test_junk_is_no_receipt(junk: str) -> None:
    for read in (key_id, lambda text: verify(text, public_key(KEY))):
        with pytest.raises(BadReceipt):
            read(junk)
