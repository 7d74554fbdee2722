"""What of a model is trained, and nothing else: that is what optimisers, checkpoints and other hosts get to see."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from arena.core.errors import BadSpec
from workers.policy.lm.config import LmConfig
from workers.policy.lm.stack import Stack
from workers.policy.weights import content_hash


class Learnt(nn.Module):
    """A model and a value head, seen through what requires gradients. Tied weights are there once."""

    def __init__(self, model: Any, width: int) -> None:
        super().__init__()
        self.model = model
        self.value = nn.Linear(width, 1)
        nn.init.zeros_(self.value.weight)
        nn.init.zeros_(self.value.bias)

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, nn.Parameter]]:
        return ((name, p) for name, p in super().named_parameters(*args, **kwargs) if p.requires_grad)

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, torch.Tensor]:  # pyright: ignore
        return {name: p.detach() for name, p in self.named_parameters()}

    @torch.no_grad()
    def load_state_dict(self, state_dict: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:  # pyright: ignore
        own = dict(self.named_parameters())
        if own.keys() != state_dict.keys() or any(p.shape != state_dict[name].shape for name, p in own.items()):
            odd = sorted(own.keys() ^ state_dict.keys())[:3]
            raise BadSpec(
                f"These weights are of another policy: {odd}.", todo="Build it from the spec they were trained with."
            )
        for name, p in own.items():
            p.copy_(state_dict[name])

    def frozen(self) -> dict[str, torch.Tensor]:
        """The weights that are never changed, by name."""
        return {name: p for name, p in super().named_parameters() if not p.requires_grad}


def choose(stack: Stack, config: LmConfig) -> None:
    """Let gradients reach what the spec says is trained."""
    model = stack.model
    if config.train == "lora":
        import peft

        plan = peft.LoraConfig(r=config.rank, lora_alpha=config.alpha, lora_dropout=0.0, target_modules=_linear(model))
        peft.inject_adapter_in_model(plan, model)
    elif config.train == "top":
        model.requires_grad_(False)
        for part in stack.above(config.layers):
            part.requires_grad_(True)
    model.eval()


def _linear(model: Any) -> list[str]:
    """The last names of the linear layers, the output layer left out."""
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    found = [name for name, part in model.named_modules() if isinstance(part, nn.Linear | Conv1D) and part is not head]
    return sorted({name.rpartition(".")[2] for name in found})


class Frozen:
    """The name of the weights that never change. Copies of a policy share it."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt, self._hash = learnt, b""

    def __deepcopy__(self, memo: object) -> "Frozen":
        return self

    @property
    def hash(self) -> bytes:
        self._hash = self._hash or content_hash(self._learnt.frozen())
        return self._hash
