"""GGUF files made into safetensors: once for each content, and kept. Who loads a model finds a plain folder."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def sha256(file: Path) -> str:
    """Of a file's content, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def place(name: str, digest: str) -> Path:
    """Where the converted model of a content is kept."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "self-play-arena" / "models" / f"{name}-{digest[:8]}"


def folder(ready: Path, find: Callable[[Path], Path]) -> Path:
    """The converted model at its place, which is made first if it is not there.

    Args:
        find: gives the GGUF file; it may write into the folder that it is given, which is removed afterwards.

    Raises whatever `find` and the libraries raise.
    """
    if (ready / "config.json").is_file():
        return ready
    ready.parent.mkdir(parents=True, exist_ok=True)
    with (ready.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever waited finds it done
        if not ready.exists():
            with tempfile.TemporaryDirectory(dir=ready.parent) as part:
                _convert(find(Path(part)), Path(part) / "made")
                (Path(part) / "made").rename(ready)
    return ready


def _convert(file: Path, to: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    # The weights are plain numbers by now, and must not be saved as if they were still quantised.
    with suppress(AttributeError):
        del model.config.quantization_config
    model.hf_quantizer, model.is_quantized = None, False
    model.save_pretrained(to)
    tokenizer.save_pretrained(to)
