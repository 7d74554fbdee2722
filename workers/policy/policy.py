"""What a policy is to the rest of the arena: text in; log-probabilities, moves and gradients out. One backend a file.

A backend is one file under `workers/policy/backends`: a `BACKEND` literal (what its spec may hold) and
`build(spec, seed)`, which gives a `Policy`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from arena.core.errors import UnknownBackend
from arena.core.registry import Registry
from workers.policy import device as devices
from workers.policy.weights import content_hash

BACKENDS = Registry("policy backend", ("workers.policy.backends",), UnknownBackend)
"""Policy backends, read from their files without importing torch or transformers."""

Tokens = tuple[int, ...]
LegalSet = tuple[Tokens, ...]
"""The token ids of each legal action's text."""

Weights = Mapping[str, torch.Tensor]
"""Weights by name."""

OUTSIDE = -1e9
"""Stands for the log-probability of what cannot be chosen: its probability is exactly 0, and 0 times it is 0."""


class Scores(NamedTuple):
    """Differentiable: what a policy thinks of N contexts."""

    logps_NA: torch.Tensor
    """Log-probabilities over each legal set; `OUTSIDE` beyond its end."""
    values_N: torch.Tensor
    """The value head's guess of the return from here on."""


class TextScores(NamedTuple):
    """Differentiable: what a policy thinks of N generated texts of up to T tokens."""

    logps_NTV: torch.Tensor
    """Log-probabilities over the vocabulary, at each generated token."""
    mask_NT: torch.Tensor
    values_N: torch.Tensor


@dataclass(frozen=True, slots=True)
class Generated:
    """One generated text: its tokens with the end token if it came to one, and the log-probability of each."""

    tokens: Tokens
    logps: list[float]


class Policy(ABC):
    """A language model that plays. Scores are a function of its weights alone; each is exact over the legal set."""

    version: int = 0
    """Counts the learner's updates."""
    module: torch.nn.Module
    """What has parameters."""
    tokens_seen: int = 0
    """Tokens passed forward so far, padding left out."""
    device: torch.device = torch.device("cpu")
    """Where it computes: what `forward` gives lies there. `move` changes it."""
    tokens_learnt: int = 0
    """Those of them that were passed with gradients, so that they go backward, too."""
    frozen_passes: int = 0
    """Tokens passed through the frozen layers: forward, and once more where gradients go back through them."""
    remembers: bool = False
    """Whether what frozen layers make of a context is kept, so that it passes them once only."""

    @abstractmethod
    def encode(self, text: str) -> Tokens:
        """Token ids of a text."""

    @abstractmethod
    def decode(self, tokens: Sequence[int]) -> str:
        """The text of token ids, special tokens left out."""

    @abstractmethod
    def forward(self, prompts: Sequence[Tokens], legal: Sequence[LegalSet]) -> Scores:
        """Scores of N (prompt, legal set) pairs, with gradients. Repeats are computed twice: see `score`."""

    @abstractmethod
    def forward_texts(self, prompts: Sequence[Tokens], texts: Sequence[Tokens]) -> TextScores:
        """Scores of N (prompt, generated text) pairs, with gradients."""

    @abstractmethod
    def generate(
        self, prompts: Sequence[Tokens], stop: str, max_tokens: int, rng: np.random.Generator
    ) -> list[Generated]:
        """One sampled text for each prompt: it ends with the end token, with `stop`, or after `max_tokens`."""

    def score(self, prompts: Sequence[Tokens], legal: Sequence[LegalSet]) -> list[NDArray[np.float32]]:
        """Log-probabilities over each legal set; equal pairs are computed once."""
        unique = list(dict.fromkeys(zip(prompts, legal, strict=True)))
        with torch.no_grad():
            found = self.forward([p for p, _ in unique], [s for _, s in unique]).logps_NA.cpu().numpy()
        rows = {pair: found[i, : len(pair[1])] for i, pair in enumerate(unique)}
        return [rows[pair] for pair in zip(prompts, legal, strict=True)]

    def move(self, device: torch.device) -> None:
        """Compute there from now on. An optimiser of its weights is to be made afterwards."""
        self.module.to(device)
        self.device = device

    def put(self, values: ArrayLike) -> torch.Tensor:
        """Numbers as a tensor where it computes."""
        return devices.put(values, self.device)

    def passes(self, tokens: int, frozen: int = 0) -> None:
        """Count tokens of a pass, and how many of them go through the frozen layers."""
        self.tokens_seen += tokens
        self.tokens_learnt += tokens if torch.is_grad_enabled() else 0
        self.frozen_passes += frozen

    @property
    def passed(self) -> tuple[int, int, int]:
        """`tokens_seen`, `tokens_learnt` and `frozen_passes`: weights may be taken back, what was spent may not."""
        return self.tokens_seen, self.tokens_learnt, self.frozen_passes

    @passed.setter
    def passed(self, counts: Sequence[int]) -> None:
        self.tokens_seen, self.tokens_learnt, self.frozen_passes = counts

    def state(self) -> dict[str, torch.Tensor]:
        """A copy of the weights by name, on the CPU: it can be loaded anywhere."""
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.module.state_dict().items()}

    def load(self, state: Weights, version: int) -> None:
        """Take over the weights of another policy of the same shape."""
        self.module.load_state_dict(dict(state))
        self.version = version

    @property
    def content_hash(self) -> bytes:
        """32 bytes that name the weights."""
        return content_hash(self.module.state_dict())

    @property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return sum(p.numel() for p in self.module.parameters() if p.requires_grad)

    @property
    def frozen(self) -> int:
        """How many numbers of its layers are not learnt; embeddings, which are looked up, are not among them."""
        return 0


def build(backend: str, spec: Mapping[str, object], seed: int, device: str = "cpu") -> Policy:
    """A fresh policy, the same on every device. Raises `UnknownBackend`, `BadTrainingSpec` for a device not there."""
    place = devices.find(device)
    policy: Policy = BACKENDS.load(backend).build(spec, seed)
    policy.move(place)
    return policy
