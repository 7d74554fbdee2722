"""Weights that its owner uploaded: a small policy of its own, or an adapter or weights for a base of the operator's."""

import hashlib
import json
import os
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from arena.core.agents import Table
from arena.core.errors import BadSpec, BadUpload
from arena.core.settings import Settings
from arena.core.tensors import PREFIX, header_bytes, read_header
from arena.store import uploads
from arena.store.artifacts import Artifacts
from workers.policy.playing import Asked, PolicyAgent
from workers.policy.shelf import Shelf
from workers.policy.uploaded import assemble, fits
from workers.policy.weights import unpack

KIND = {
    "for_anyone": True,
    "qualifies": True,
    "leagues": ["bare"],
    "upload": "upload",
    "base": "base",
    "needs": {},
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "required": ["upload", "form"],
        "if": {"required": ["form"], "properties": {"form": {"enum": ["lora", "full"]}}},
        "then": {"required": ["base"]},
        "properties": {
            "upload": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of a complete upload."},
            "form": {
                "enum": ["tiny", "lora", "full"],
                "description": "A character transformer of the arena's own, adapters for a base, or weights in place "
                "of a base's.",
            },
            "tiny": {
                "type": "object",
                "additionalProperties": False,
                "description": "Of `tiny`: its shape, as in a training job.",
                "properties": {
                    "width": {"type": "integer", "minimum": 8, "maximum": 512, "default": 64},
                    "layers": {"type": "integer", "minimum": 1, "maximum": 12, "default": 3},
                    "heads": {"type": "integer", "minimum": 1, "maximum": 16, "default": 4},
                    "context": {"type": "integer", "minimum": 8, "maximum": 2048, "default": 160},
                },
            },
            "base": {
                "type": "string",
                "maxLength": 100,
                "description": "Of `lora` and `full`: a model that the operator lists in ARENA_BASES.",
            },
            "alpha": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 4096,
                "default": 16.0,
                "description": "Of `lora`: adapters are scaled by alpha / rank.",
            },
            "chat": {
                "type": "boolean",
                "default": True,
                "description": "Of `lora` and `full`: the prompt stands in the model's chat template.",
            },
            "view": {"enum": ["compact", "json", "prose"], "default": "compact", "description": "What it reads."},
            "prompt": {
                "enum": ["view", "named", "listed", "told"],
                "default": "view",
                "description": "How a position becomes a prompt, as in a training job.",
            },
            "alone": {
                "type": "boolean",
                "default": True,
                "description": "In a session of several rounds it reads the round alone, not how the session stands.",
            },
        },
    },
}
ROOM = 2 << 30
"""Bytes of weights kept in memory, bases apart."""
HOW = ("upload", "form", "tiny", "base", "alpha", "chat")
"""What of a spec makes the policy; the rest is how it is asked."""
CHUNK = 1 << 20
_shelf: Shelf[Asked] = Shelf(ROOM)


def build(spec: dict[str, Any], table: Table) -> PolicyAgent:
    """Raises `UnknownArtifact`, `UnknownBase`, or `BadSpec` when the weights are not those of such a policy."""
    settings = Settings.read()
    name = json.dumps([settings.artifacts, settings.listed, {field: spec.get(field) for field in HOW}], sort_keys=True)
    asked = _shelf.take(name, lambda: _load(spec, settings))
    read = {"view": spec.get("view", "compact"), "prompt": spec.get("prompt", "view")}
    return PolicyAgent(asked, table, read, alone=table.rounds > 1 and spec.get("alone", True))


def _load(spec: dict[str, Any], settings: Settings) -> tuple[Asked, int]:
    torch.set_num_threads(1)
    artifacts, name = Artifacts(settings.artifacts), uploads.weights(spec["upload"])
    with artifacts.reading(name) as stored:
        fits(spec, _shapes(stored), settings.listed)  # before gigabytes are hashed for what can be no player
        stored.seek(0)
        digest = hashlib.sha256()
        while piece := stored.read(CHUNK):
            digest.update(piece)
    if digest.hexdigest() != spec["upload"]:
        raise BadSpec(f"What is stored is not {spec['upload']} any more.", todo="Upload it again.")
    try:  # a file on this machine is mapped, not read
        weights = load_file(artifacts.folder / name) if artifacts.folder else unpack(artifacts.read(name))
    except SafetensorError as error:
        raise BadSpec(f"The weights cannot be read: {error}.", todo="Save them with safetensors.") from None
    return Asked(assemble(spec, weights, settings.listed)), sum(4 * tensor.numel() for tensor in weights.values())


def _shapes(stored: BinaryIO) -> dict[str, tuple[int, ...]]:
    """The shapes that the header tells, by name."""
    size = stored.seek(0, os.SEEK_END)
    stored.seek(0)
    start = stored.read(PREFIX)
    try:
        head = start + stored.read(header_bytes(start, size) - PREFIX)
        return {name: tensor.shape for name, tensor in read_header(head, size).items()}
    except BadUpload as error:
        raise BadSpec(error.what, todo=error.todo) from None
