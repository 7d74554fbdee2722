"""Weights as files and as a name: safetensors, and the hash that every output of a policy carries."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def content_hash(state: Mapping[str, torch.Tensor]) -> bytes:
    """BLAKE2b-256 over names, kinds, shapes and bytes, in the order of the names."""
    digest = hashlib.blake2b(digest_size=32)
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        digest.update(tensor.view(torch.uint8).numpy() if tensor.numel() else b"")
    return digest.digest()


def save(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write weights whole or not at all."""
    part = path.with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, part)
    part.replace(path)


def load(path: Path) -> dict[str, torch.Tensor]:
    """Weights by name."""
    return load_file(path)
