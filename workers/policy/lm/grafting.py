"""A base model with other weights, whole ones or low-rank adapters, that somebody sent. All copies share the base's."""

import copy
import re
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import torch
from torch import nn

from arena.core.brief import brief
from arena.core.errors import BadSpec
from workers.policy.lm.config import LmConfig
from workers.policy.lm.language_model import LanguageModel
from workers.policy.lm.probe import probe
from workers.policy.lm.source import load
from workers.policy.policy import Weights

BASES = 2
"""Bases kept in memory."""
MAX_RANK = 256
ADAPTER = re.compile(r"(.+)\.lora_(A|B)(?:\.default)?\.weight")
AROUND = ("", "base_model.model.", "model.")
"""What libraries, and the arena's own training, write before a weight's name."""
UNREAD = ("value.weight", "value.bias")
"""The value head of the arena's own training: who only plays needs none."""
TODO = "Upload weights of the base that the spec names; docs/uploads.md says how they are named."


class Base(NamedTuple):
    """A pretrained model that is never changed, its tokenizer, and how it is read."""

    config: LmConfig
    model: Any
    tokenizer: Any


@lru_cache(BASES)
def base(place: str, *, chat: bool) -> Base:
    """The base at a place. Raises `BadSpec` when it cannot be had, or not be used."""
    torch.set_num_threads(1)
    config = LmConfig(model=place, train="full", chat=chat)
    model, tokenizer = load(config)
    model.requires_grad_(False)
    probe(LanguageModel(config, model, tokenizer))
    return Base(config, model, tokenizer)


def replaced(own: Base, weights: Weights) -> LanguageModel:
    """The base with some of its weights, or all of them, replaced.

    Raises:
        BadSpec: there is no weight of that name, or it has another shape.
    """
    twin = _twin(own.model)
    fresh = {id(old): nn.Parameter(new.to(old.dtype), requires_grad=False) for old, new in _matched(twin, weights)}
    for part in twin.modules():  # a weight may have several places
        for name, held in list(part.named_parameters(recurse=False, remove_duplicate=False)):
            if id(held) in fresh:
                setattr(part, name, fresh[id(held)])
    return LanguageModel(own.config, twin, own.tokenizer)


def adapted(own: Base, weights: Weights, alpha: float) -> LanguageModel:
    """The base with low-rank adapters in the linear layers that they name.

    Raises:
        BadSpec: a tensor is no half of an adapter, its layer is not there, or its shape does not fit.
    """
    import peft

    twin = _twin(own.model)
    pairs, rank = _ranked(twin, weights)
    plan = peft.LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=sorted(pairs))  # type: ignore
    peft.inject_adapter_in_model(plan, twin)
    twin.requires_grad_(False)
    found = {name: part for name, part in twin.named_modules() if hasattr(part, "lora_A")}
    assert found.keys() == pairs.keys()
    for name, halves in pairs.items():
        for side, tensor in halves.items():
            held = getattr(found[name], f"lora_{side}")["default"].weight
            held.data.copy_(tensor)
    return LanguageModel(own.config, twin, own.tokenizer)


def check_weights(own: Base, weights: Weights) -> None:
    """See by names and shapes that `replaced` takes these weights. Raises as it does."""
    _matched(own.model, weights)


def check_adapters(own: Base, weights: Weights) -> None:
    """See by names and shapes that `adapted` takes these weights. Raises as it does."""
    _ranked(own.model, weights)


def _matched(model: Any, weights: Weights) -> list[tuple[nn.Parameter, torch.Tensor]]:
    """Each weight of a model that is to be replaced, with what comes in its place."""
    there: dict[str, nn.Parameter] = dict(model.named_parameters(remove_duplicate=False))
    found: list[tuple[nn.Parameter, torch.Tensor]] = []
    for name, tensor in _read(weights):
        old = there.get(_own_name(name, there))
        if old is None:
            _refuse(f"the base has no weight {brief(name, 200)}")
        if old.shape != tensor.shape:
            _refuse(f"{name} has the shape {tuple(tensor.shape)}, not {tuple(old.shape)}")
        found.append((old, tensor))
    return found


def _ranked(model: Any, weights: Weights) -> tuple[dict[str, dict[str, torch.Tensor]], int]:
    """Both halves of each adapter by the layer's name, and the rank that all have."""
    pairs = _pairs(_linear(model), weights)
    ranks = {halves["A"].shape[0] for halves in pairs.values()}
    if len(ranks) != 1 or not 1 <= (rank := ranks.pop()) <= MAX_RANK:
        _refuse(f"adapters must be of one rank, 1 to {MAX_RANK}")
    return pairs, rank


def _pairs(layers: dict[str, tuple[int, int]], weights: Weights) -> dict[str, dict[str, torch.Tensor]]:
    """Both halves of each adapter by the layer's name; A is rank × in, B is out × rank."""
    pairs: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in _read(weights):
        match = ADAPTER.fullmatch(name)
        layer = _own_name(match[1], layers) if match else ""
        if match is None or layer not in layers:
            _refuse(f"{brief(name, 200)} is no adapter of a linear layer of the base")
        pairs.setdefault(layer, {})[match[2]] = tensor
    for layer, halves in pairs.items():
        wide, high = layers[layer]
        rank = halves["A"].shape[0] if "A" in halves and halves["A"].dim() == 2 else 0
        if {side: tuple(half.shape) for side, half in halves.items()} != {"A": (rank, wide), "B": (high, rank)}:
            _refuse(f"the adapter of {layer} is not rank × {wide} and {high} × rank")
    return pairs


def _linear(model: Any) -> dict[str, tuple[int, int]]:
    """Inputs and outputs of each linear layer by name, the output layer left out."""
    head = model.get_output_embeddings()
    parts = {name: part for name, part in model.named_modules() if isinstance(part, nn.Linear) and part is not head}
    return {name: (part.in_features, part.out_features) for name, part in parts.items()}


def _read(weights: Weights) -> list[tuple[str, torch.Tensor]]:
    found = [(name, tensor) for name, tensor in weights.items() if name not in UNREAD]
    if not found:
        _refuse("there are none")
    return found


def _own_name(name: str, known: dict[str, Any]) -> str:
    """The base's own name of what is named, whatever stands before it; the longest first."""
    ways = (name.removeprefix(before) for before in AROUND if name.startswith(before))
    return next((way for way in ways if way in known), name)


def _twin(model: Any) -> Any:
    """A copy that shares every tensor."""
    shared = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in shared})


def _refuse(why: str) -> NoReturn:
    raise BadSpec(f"These weights do not fit: {why}.", todo=TODO)
