"""Files of weights for tests: sound ones, as bytes, and their declarations."""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors.numpy import save


def numbers(*shape: int, seed: int = 0) -> Any:
    """Random numbers of a shape."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def sound(size: int = 3, seed: int = 0) -> bytes:
    """A small safetensors file of a few tensors."""
    return save({f"blocks.{i}.weight": numbers(40, i + 1, seed=seed + i) for i in range(size)} | {"bias": numbers(7)})


def file_of(header: Mapping[str, Any] | bytes, data: bytes = b"") -> bytes:
    """A file with this header, sound or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()
