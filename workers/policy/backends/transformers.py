"""Any causal language model of the transformers library: all of it trained, low-rank adapters, or its top layers."""

from collections.abc import Mapping

import msgspec
import torch

from arena.core.errors import BadSpec
from workers.policy.lm.config import LmConfig
from workers.policy.lm.language_model import LanguageModel
from workers.policy.lm.probe import probe
from workers.policy.lm.source import load

BACKEND = {
    "spec": {
        "type": "object",
        "properties": {
            "model": {"type": "string", "default": "smollm2"},
            "train": {"enum": ["full", "lora", "top"], "default": "top"},
            "layers": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 4},
            "rank": {"type": "integer", "minimum": 1, "maximum": 1024, "default": 8},
            "alpha": {"type": "number", "exclusiveMinimum": 0, "maximum": 4096, "default": 16.0},
            "chat": {"type": "boolean", "default": True},
            "dtype": {"enum": ["float32", "bfloat16"], "default": "float32"},
            "context": {"type": "integer", "minimum": 8, "maximum": 1000000, "default": 1024},
            "max_tokens": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 64},
            "cache_mb": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 512},
        },
        "additionalProperties": False,
    },
}


def build(spec: Mapping[str, object], seed: int) -> LanguageModel:
    """A policy of a pretrained model; the seed is of its adapters. It computes on one thread, like every policy.

    Raises:
        BadSpec: a field that does not exist or is out of bounds; a model that cannot be had, or not be used.
    """
    torch.set_num_threads(1)
    try:
        config = msgspec.convert(spec, LmConfig)
    except msgspec.ValidationError as error:
        todo = "See its fields in workers/policy/lm/config.py."
        raise BadSpec(f"The transformers policy's spec: {error}.", todo=todo) from None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        policy = LanguageModel(config, *load(config))
    probe(policy)
    return policy
