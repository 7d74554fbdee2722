"""A device that is not the CPU, for machines that have none: tensors there compute as ever, but do not mix with others.

`Elsewhere` is a mode of PyTorch's dispatcher. What is made on, or moved to, the device `meta` is a `Distant` tensor: it
says that it is there, and holds its numbers in a plain tensor that nobody else sees. As on an accelerator, an operation
on tensors here and there is refused, unless the one here is a single number; so is a NumPy array of a tensor there.
"""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

THERE = torch.device("meta")
MOVES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


class Mixed(Exception):
    """An operation on tensors of two devices."""


class Distant(torch.Tensor):
    """A tensor there."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> "Distant":
        made = torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            device=THERE,
        )  # fmt: skip
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatch(func, args, kwargs or {})


class Elsewhere(TorchDispatchMode):
    """Within it there is such a device."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0
        """Done there so far."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = dispatch(func, args, kwargs or {})
        self.operations += any(isinstance(leaf, Distant) for leaf in tree_flatten(found)[0])
        return found


def dispatch(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Do it with the numbers that are held, and say where what comes of it is."""
    tensors = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, torch.Tensor)]
    distant = [one for one in tensors if isinstance(one, Distant)]
    named = kwargs.get("device")
    if func not in MOVES and distant and any(one.device != THERE and one.dim() for one in tensors):
        raise Mixed(f"{func}: {[(type(one).__name__, tuple(one.shape)) for one in tensors]}")
    there = named == THERE if named is not None else bool(distant)
    if func is torch.ops.aten.copy_.default:
        there = isinstance(args[0], Distant)
    if named is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    given = {id(one.inner): one for one in distant}
    found = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
    return tree_map(lambda leaf: _placed(leaf, given, there=there), found)


def _inner(leaf: Any) -> Any:
    if isinstance(leaf, Distant) or not isinstance(leaf, torch.Tensor) or leaf.device != THERE:
        return leaf.inner if isinstance(leaf, Distant) else leaf
    # PyTorch itself makes what a list becomes, in `torch.tensor` or as an index; on `meta` its numbers are lost.
    if leaf.numel():
        raise Mixed("Numbers in a list: make a tensor of them first, then put it there.")
    return torch.empty_like(leaf, device="cpu")


def _placed(leaf: Any, given: dict[int, Distant], *, there: bool) -> Any:
    """What was changed in place is still itself."""
    if id(leaf) in given:
        return given[id(leaf)]
    return Distant(leaf) if there and isinstance(leaf, torch.Tensor) else leaf
