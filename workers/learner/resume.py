"""A learner's state as one file, written whole or not at all, and read without running what it holds."""

from pathlib import Path
from typing import Any

import torch


def save(state: dict[str, Any], path: Path) -> None:
    """Write a state of tensors and plain data."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load(path: Path) -> dict[str, Any]:
    """The state that was saved. Raises `pickle.UnpicklingError` for a file that holds anything but data."""
    return torch.load(path, weights_only=True)
