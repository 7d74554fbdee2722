"""A causal language model as a stack of layers that can be run whole, up to a cut, or from the cut on.

The cut needs no knowledge of the architecture: layers are left out of the model's own list while it runs, and what
enters the first of the upper ones is put in its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import torch
from numpy.typing import ArrayLike
from torch import nn

from arena.core.errors import BadSpec
from workers.policy.device import put

Part = Literal["whole", "lower", "upper"]


class Given(NamedTuple):
    """One run's input: T tokens of N rows, after P tokens that `past` remembers."""

    tokens_NT: torch.Tensor
    positions_NT: torch.Tensor | None = None
    seen_NTK: torch.Tensor | None = None
    """Which of the P + T tokens each token sees; none: all before it."""
    past: Any = None
    inner_NTD: torch.Tensor | None = None
    """What enters at the cut, for the upper part."""


class Stack:
    """A model of the transformers library. `cut`: how many layers are above it; 0 for no cut."""

    def __init__(self, model: Any, cut: int = 0) -> None:
        self.model, self.base, self.cut = model, model.base_model, cut
        self.width: int = model.get_output_embeddings().weight.shape[1]
        deep = model.config.get_text_config().num_hidden_layers
        lists = [n for n, m in self.base.named_children() if isinstance(m, nn.ModuleList) and len(m) == deep]
        if len(lists) != 1:
            raise BadSpec("This model is not a plain stack of layers.", todo="Choose another model.")
        self._list = lists[0]
        if cut >= deep:
            raise BadSpec(f"This model has {deep} layers; {cut} of them cannot be the top.", todo="Lower `layers`.")

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.get_output_embeddings().weight.device

    def put(self, values: ArrayLike) -> torch.Tensor:
        """Numbers as a tensor there: what enters must be."""
        return put(values, self.device)

    @property
    def layers(self) -> nn.ModuleList:
        return getattr(self.base, self._list)

    def above(self, cut: int) -> list[nn.Module]:
        """The top layers and what normalises after them."""
        norms = [m for n, m in self.base.named_children() if "norm" in n or n == "ln_f"]
        return [*self.layers[-cut:], *norms]

    def logits(self, inner: torch.Tensor) -> torch.Tensor:
        """Over the vocabulary, from vectors of the last layer."""
        return self.model.get_output_embeddings()(inner).float()

    def logits_of(self, inner_FD: torch.Tensor, ways_FW: torch.Tensor) -> torch.Tensor:
        """Those of a few tokens each: the other rows of the output layer are not touched."""
        head = self.model.get_output_embeddings()
        found = (head.weight[ways_FW].float() @ inner_FD.float()[..., None]).squeeze(-1)
        return found if head.bias is None else found + head.bias[ways_FW].float()

    def run(self, given: Given, part: Part = "whole", *, remember: bool = False) -> tuple[torch.Tensor, Any]:
        """A vector for each token, and what later tokens need to know of these if that is asked for.

        It is the normalised last one, or for the lower part what goes into the cut.
        """
        mask = None
        if given.seen_NTK is not None:
            kind = next(self.base.parameters()).dtype
            open_ = torch.zeros(given.seen_NTK.shape, dtype=kind, device=self.device)
            mask = open_.masked_fill_(~given.seen_NTK, torch.finfo(kind).min)[:, None]
        cached = given.past is not None or remember
        with self._only(part, given.inner_NTD) as caught:
            found = self.base(
                input_ids=given.tokens_NT, attention_mask=mask, position_ids=given.positions_NT,
                past_key_values=(_past() if given.past is None else given.past) if cached else None, use_cache=cached,
            )  # fmt: skip
        return (caught[0] if part == "lower" else found.last_hidden_state), found.past_key_values

    @contextmanager
    def _only(self, part: Part, inner_NTD: torch.Tensor | None) -> Iterator[list[torch.Tensor]]:
        caught: list[torch.Tensor] = []
        whole = self.layers
        if part == "whole":
            yield caught
            return
        kept = whole[: -self.cut] if part == "lower" else whole[-self.cut :]

        def put(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
            return ((inner_NTD, *args[1:]), kwargs) if args else ((), kwargs | {"hidden_states": inner_NTD})

        def catch(_: nn.Module, args: object, out: Any) -> None:
            caught.append(out if isinstance(out, torch.Tensor) else out[0])

        hook = (
            kept[-1].register_forward_hook(catch) if part == "lower"
            else kept[0].register_forward_pre_hook(put, with_kwargs=True)
        )  # fmt: skip
        setattr(self.base, self._list, kept)
        try:
            yield caught
        finally:
            hook.remove()
            setattr(self.base, self._list, whole)


def _past() -> Any:
    from transformers import DynamicCache

    return DynamicCache()


def spread(past: Any, rows: int) -> Any:
    """One row's memory as that of many, without a copy; gradients of all of them flow back into the one."""
    for layer in past.layers:
        if layer.is_initialized:
            layer.keys, layer.values = (t.expand(rows, -1, -1, -1) for t in (layer.keys, layer.values))
    return past
