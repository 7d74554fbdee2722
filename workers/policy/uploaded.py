"""Policies of weights that strangers sent: a `tiny` one of its own, or a base of the operator's with other weights.

Nothing of what is sent is run: names and shapes must be those of a model that is there, and every number finite.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

import torch

from arena.core.bases import place_of
from arena.core.brief import brief
from arena.core.errors import BadSpec
from workers.policy.lm import grafting
from workers.policy.policy import Policy, Weights
from workers.policy.policy import build as build_policy

TODO = "Upload weights of the shape that the spec tells; docs/uploads.md says how they are named."


def fits(spec: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]], bases: Mapping[str, str]) -> None:
    """See by names and shapes alone, before a number is read, that weights are those of a spec's policy.

    Raises:
        BadSpec: they are not.
        UnknownBase: its base is not listed.
    """
    hollow = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    if spec["form"] == "tiny":
        _tiny_of(spec.get("tiny", {}), hollow)
    elif spec["form"] == "lora":
        grafting.check_adapters(_base(spec, bases), hollow)
    else:
        grafting.check_weights(_base(spec, bases), hollow)


def assemble(spec: Mapping[str, Any], weights: Weights, bases: Mapping[str, str]) -> Policy:
    """The policy of a spec.

    Raises:
        BadSpec: the weights are not those of such a policy.
        UnknownBase: its base is not listed.
    """
    odd = next((name for name, tensor in weights.items() if not bool(torch.isfinite(tensor).all())), None)
    if odd is not None:
        _refuse(f"{odd} holds numbers that are not finite")
    if spec["form"] == "tiny":
        return _tiny(spec.get("tiny", {}), weights)
    base = _base(spec, bases)
    if spec["form"] == "lora":
        return grafting.adapted(base, weights, spec.get("alpha", 16.0))
    return grafting.replaced(base, weights)


def _base(spec: Mapping[str, Any], bases: Mapping[str, str]) -> grafting.Base:
    return grafting.base(place_of(spec.get("base", ""), bases), chat=spec.get("chat", True))


def _tiny(shape: Mapping[str, Any], weights: Weights) -> Policy:
    policy = _tiny_of(shape, weights)
    policy.load({name: tensor.float() for name, tensor in weights.items()}, 0)
    return policy


def _tiny_of(shape: Mapping[str, Any], weights: Weights) -> Policy:
    """A new policy, if these are names and shapes of its weights."""
    policy = build_policy("tiny", shape, 0)
    own = policy.module.state_dict()
    for name in sorted(own.keys() ^ weights.keys()):
        _refuse(f"{brief(name, 200)} is {'missing' if name in own else 'no weight of a tiny policy of this shape'}")
    for name, tensor in weights.items():
        if tensor.shape != own[name].shape:
            _refuse(f"{name} has the shape {tuple(tensor.shape)}, not {tuple(own[name].shape)}")
    return policy


def _refuse(why: str) -> NoReturn:
    raise BadSpec(f"These weights do not fit: {why}.", todo=TODO)
