"""A policy as those who play with it ask it: texts in; moves, their log-probabilities and whose they are out."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from arena.core.errors import BadSpec
from arena.core.trajectory import Source
from workers.policy.policy import LegalSet, Policy, Tokens, Weights
from workers.policy.trie import alike


class Position(NamedTuple):
    """A question: the prompt, and the texts of the legal actions."""

    prompt: str
    legal: tuple[str, ...]


class Scored(NamedTuple):
    """An answer: the position as the policy reads it, log-probabilities of its legal actions, and whose they are."""

    prompt: Tokens
    legal: LegalSet
    logps: NDArray[np.float32]
    source: Source


class Written(NamedTuple):
    """A text that was generated: its tokens with the log-probability of each, special tokens left out of `text`."""

    prompt: Tokens
    tokens: Tokens
    logps: list[float]
    text: str
    source: Source


class Inference(Protocol):
    """One policy, wherever it is held."""

    @property
    def version(self) -> int:
        """That which a question put now is answered by, or an earlier one."""
        ...

    def score(self, positions: Sequence[Position]) -> list[Scored]:
        """What the policy thinks of each position; each answer is of one version."""
        ...

    def write(self, prompts: Sequence[str], stop: str, max_tokens: int, rng: np.random.Generator) -> list[Written]:
        """One sampled text for each prompt, all of one version: a function of its weights and the generator's state."""
        ...


class Held:
    """A policy in this process."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.source = Source(policy.version, policy.content_hash)
        self._names: dict[str, Tokens] = {}

    @property
    def version(self) -> int:
        return self.source.version

    def load(self, weights: Weights, version: int) -> None:
        """Answer with these weights from now on."""
        self.policy.load(weights, version)
        self.source = Source(version, self.policy.content_hash)

    def score(self, positions: Sequence[Position]) -> list[Scored]:
        """Raises `BadSpec`: to the policy two legal actions are the same."""
        read = [(self.policy.encode(p.prompt), tuple(map(self._name, p.legal))) for p in positions]
        try:
            found = self.policy.score([prompt for prompt, _ in read], [legal for _, legal in read])
        except BadSpec:
            for position, (_, legal) in zip(positions, read, strict=True):
                if len(set(legal)) < len(legal):
                    raise alike(legal, position.legal) from None  # by their texts, not their tokens
            raise
        return [Scored(*pair, logps, self.source) for pair, logps in zip(read, found, strict=True)]

    def write(self, prompts: Sequence[str], stop: str, max_tokens: int, rng: np.random.Generator) -> list[Written]:
        read = [self.policy.encode(prompt) for prompt in prompts]
        texts = self.policy.generate(read, stop, max_tokens, rng)
        return [
            Written(prompt, text.tokens, text.logps, self.policy.decode(text.tokens), self.source)
            for prompt, text in zip(read, texts, strict=True)
        ]

    def _name(self, name: str) -> Tokens:
        """An action's tokens: there are few names, each asked for again and again."""
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = self.policy.encode(name)
        return found
