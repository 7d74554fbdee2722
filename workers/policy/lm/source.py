"""Where a language model comes from: a folder, a GGUF file, the Hugging Face Hub, or the package with SmolLM2."""

import re
import struct
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from arena.core.errors import BadSpec
from workers.policy.lm import gguf, smollm2
from workers.policy.lm.config import LmConfig

HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
UNREADABLE = (OSError, ValueError, LookupError, NotImplementedError, SafetensorError, struct.error)
KINDS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def load(config: LmConfig) -> tuple[Any, Any]:
    """A model in evaluation mode, so that scores are a function of its weights alone, and its tokenizer.

    Raises:
        BadSpec: the libraries are not installed, or there is no such model, or it is no causal language model.
    """
    try:
        import transformers
    except ImportError:
        todo = "Install them: `pip install self-play-arena[lm]`."
        raise BadSpec("The transformers backend needs libraries that are not installed.", todo=todo) from None
    transformers.utils.logging.disable_progress_bar()
    try:
        place = locate(config.model)
        tokenizer = transformers.AutoTokenizer.from_pretrained(place)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            place, dtype=KINDS[config.dtype], attn_implementation="sdpa", use_safetensors=True
        )
    except UNREADABLE as error:
        why = str(error).strip().partition("\n")[0]
        todo = (
            "Name smollm2, a folder with config.json, safetensors and tokenizer, a .gguf file of a causal language "
            "model, or a model of the Hub within reach."
        )
        raise BadSpec(f"The model {config.model!r} cannot be loaded: {why}", todo=todo) from error
    return model.eval(), tokenizer


def locate(name: str) -> str:
    """What the libraries know a model by. Raises `BadSpec` for what can be no model."""
    if name == "smollm2":
        return str(smollm2.folder())
    folder = Path(name).expanduser()
    if folder.suffix == ".gguf" and folder.is_file():
        return str(gguf.folder(gguf.place(folder.stem, gguf.sha256(folder)), lambda _: folder))
    if (folder / "config.json").is_file():
        return str(folder)
    if HUB_ID.fullmatch(name):
        return name
    # The same for a folder without a model as for none: who may train need not learn what folders there are.
    todo = "Name a folder that `save_pretrained` wrote, a .gguf file, a model of the Hub as owner/name, or smollm2."
    raise BadSpec(f"There is no model {name!r}.", todo=todo)
