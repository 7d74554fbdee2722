"""What the `transformers` policy's spec may hold. Free of torch, so that a spec can be checked anywhere."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class LmConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A causal language model, and what of it is trained."""

    model: str = "smollm2"
    """A folder, a `.gguf` file, an id on the Hub, or `smollm2`: SmolLM2-135M-Instruct from a Python package."""
    train: Literal["full", "lora", "top"] = "top"
    """All weights, low-rank adapters in every linear layer, or the last layers over a frozen trunk."""
    layers: Annotated[int, Meta(ge=1, le=1000)] = 4
    """Of `top`: how many are trained."""
    rank: Annotated[int, Meta(ge=1, le=1024)] = 8
    """Of `lora`."""
    alpha: Annotated[float, Meta(gt=0, le=4096)] = 16.0
    """Of `lora`: adapters are scaled by alpha / rank."""
    chat: bool = True
    """Put the prompt as the user's message in the model's chat template; else the model simply reads on."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 is up to twice as fast and depends on how prompts are batched, by up to 0.2 nats a move."""
    context: Annotated[int, Meta(ge=8, le=1_000_000)] = 1024
    """Longest prompt with its frame and its move, in tokens."""
    max_tokens: Annotated[int, Meta(ge=1, le=100_000)] = 64
    """A generated text is never longer, whatever is asked for."""
    cache_mb: Annotated[int, Meta(ge=0, le=1_000_000)] = 512
    """Of `top`: memory for what the trunk made of prompts."""
