"""Weights as bytes and as a name: safetensors, and the hash that every output of a policy carries."""

import hashlib
from collections.abc import Mapping

import torch
from safetensors.torch import load, save


def content_hash(state: Mapping[str, torch.Tensor]) -> bytes:
    """BLAKE2b-256 over names, kinds, shapes and bytes, in the order of the names."""
    digest = hashlib.blake2b(digest_size=32)
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        digest.update(tensor.view(torch.uint8).numpy() if tensor.numel() else b"")
    return digest.digest()


def pack(state: Mapping[str, torch.Tensor]) -> bytes:
    """Weights as safetensors."""
    return save({name: tensor.contiguous() for name, tensor in state.items()})


def unpack(blob: bytes) -> dict[str, torch.Tensor]:
    """Weights by name."""
    return load(blob)
