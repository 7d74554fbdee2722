"""Causal language models with random weights, small enough for a test, as folders like any other model's."""

from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GemmaConfig,
    GPT2Config,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
    T5Config,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4}
TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
SIZE = 256 + 2


def config(kind: str) -> PreTrainedConfig:
    """By architecture: grouped heads, an output layer of its own, learnt places, scaled embeddings."""
    ends = {"bos_token_id": 256, "eos_token_id": 257, "pad_token_id": 257, "vocab_size": SIZE}
    heads = {"num_key_value_heads": 2, "head_dim": 8}
    return {
        "llama": LlamaConfig(**SMALL, **ends, **heads, tie_word_embeddings=True),
        "qwen": Qwen3Config(**SMALL, **ends, **heads, tie_word_embeddings=False),
        "gemma": GemmaConfig(**SMALL, **ends, **heads),
        "gpt2": GPT2Config(n_embd=32, n_layer=3, n_head=4, **ends),
    }[kind]


def save(folder: Path, kind: str = "llama", *, chat: bool = True) -> str:
    """A model with its tokenizer, one token a byte."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        shape = config(kind)
        model = MODEL_FOR_CAUSAL_LM_MAPPING[type(shape)](shape)
        for weight in model.parameters():  # larger than usual, so that what is read makes a difference
            torch.nn.init.normal_(weight, std=0.15)
    model.save_pretrained(folder)
    tokenizer(chat=chat).save_pretrained(folder)
    return str(folder)


def tokenizer(*, chat: bool) -> PreTrainedTokenizerFast:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({letter: place for place, letter in enumerate(letters)}, []))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<|start|>", eos_token="<|end|>", pad_token="<|end|>",
        chat_template=TEMPLATE if chat else None,
    )  # fmt: skip


def no_causal_model(folder: Path) -> str:
    """A folder with the configuration of a model that does not read on, and no weights."""
    T5Config(num_layers=1, d_model=8).save_pretrained(folder)
    tokenizer(chat=False).save_pretrained(folder)
    return str(folder)


def save_gguf(file: Path, seed: int = 5) -> str:
    """A model and its tokenizer in one GGUF file, as llama.cpp writes them."""
    width, inner, letters = 32, 48, sorted(pre_tokenizers.ByteLevel.alphabet())
    out, random = gguf.GGUFWriter(file, "llama"), np.random.default_rng(seed)
    names = [*letters, "<|start|>", "<|end|>", "ab"]
    out.add_context_length(128)
    out.add_embedding_length(width)
    out.add_block_count(1)
    out.add_feed_forward_length(inner)
    out.add_head_count(4)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(len(names))
    out.add_tokenizer_model("gpt2")
    out.add_token_list(names)
    out.add_token_types([1] * 256 + [3, 3, 1])
    out.add_token_merges(["a b"])
    out.add_bos_token_id(256)
    out.add_eos_token_id(257)
    shapes = {"token_embd": (len(names), width), "output": (len(names), width), "output_norm": (width,)}
    layer = {f"attn_{one}": (width, width) for one in ("q", "k", "v", "output")} | {"attn_norm": (width,)}
    layer |= {"ffn_norm": (width,), "ffn_gate": (inner, width), "ffn_up": (inner, width), "ffn_down": (width, inner)}
    for name, shape in (shapes | {f"blk.0.{name}": shape for name, shape in layer.items()}).items():
        out.add_tensor(f"{name}.weight", random.normal(0, 0.15, shape).astype(np.float32))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return str(file)
