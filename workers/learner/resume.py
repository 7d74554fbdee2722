"""A learner's state as bytes, read without running what it holds."""

import io
from typing import Any

import torch


def pack(state: dict[str, Any]) -> bytes:
    """A state of tensors and plain data."""
    out = io.BytesIO()
    torch.save(state, out)  # pyright: ignore[reportUnknownMemberType]
    return out.getvalue()


def unpack(blob: bytes) -> dict[str, Any]:
    """The state that was packed. Raises `pickle.UnpicklingError` for what holds anything but data."""
    return torch.load(io.BytesIO(blob), weights_only=True)
