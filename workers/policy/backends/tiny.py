"""A character transformer from scratch, small enough to learn a game in minutes on one core."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from arena.core.errors import BadSpec
from workers.policy.forks import logps
from workers.policy.layout import lay_out
from workers.policy.policy import Generated, LegalSet, Policy, Scores, TextScores, Tokens
from workers.policy.tiny import alphabet
from workers.policy.tiny.config import TinyConfig
from workers.policy.tiny.network import Network

BACKEND = {
    "spec": {
        "type": "object",
        "properties": {
            "width": {"type": "integer", "minimum": 8, "maximum": 1024, "default": 64},
            "layers": {"type": "integer", "minimum": 1, "maximum": 24, "default": 3},
            "heads": {"type": "integer", "minimum": 1, "maximum": 32, "default": 4},
            "context": {"type": "integer", "minimum": 8, "maximum": 4096, "default": 160},
        },
        "additionalProperties": False,
    },
}
STEADY = 16
"""Rows of a matrix from which on a row's product does not depend, to the bit, on how many others there are."""


class TinyPolicy(Policy):
    """Scores legal sets by their trees, or writes moves character by character."""

    def __init__(self, config: TinyConfig, seed: int) -> None:
        self.config = config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.module = self.network = Network(config)

    def encode(self, text: str) -> Tokens:
        return alphabet.encode(text)

    def decode(self, tokens: Sequence[int]) -> str:
        return alphabet.decode(tokens)

    def forward(self, prompts: Sequence[Tokens], legal: Sequence[LegalSet]) -> Scores:
        opened = [(alphabet.START, *prompt) for prompt in prompts]
        plan = lay_out(opened, legal, alphabet.END)
        self._check(plan.tokens_NL.shape[1])
        self.passes(plan.count)
        seen = None if plan.seen_NLL is None else self.put(plan.seen_NLL)
        n, longest = plan.tokens_NL.shape
        ends, forks = np.arange(n) * longest + plan.ends_N, len(plan.forks_F)
        at_M = np.concatenate([ends, plan.forks_F, np.full(max(0, STEADY - forks), ends[0])])
        x_MD = self.network(self.put(plan.tokens_NL), self.put(plan.positions_NL), seen, self.put(at_M))
        values = self.network.value(x_MD[:n]).squeeze(-1)
        logits = self.network.logits(x_MD[n:])[:forks]
        return Scores(logps(plan, legal, logits.gather(1, self.put(plan.ways_FW))), values)

    def forward_texts(self, prompts: Sequence[Tokens], texts: Sequence[Tokens]) -> TextScores:
        lines = [(alphabet.START, *prompt, *text[:-1]) for prompt, text in zip(prompts, texts, strict=True)]
        most, longest, rows = max(map(len, texts)), max(map(len, lines)), np.arange(len(texts))[:, None]
        first = np.array([len(prompt) for prompt in prompts])[:, None]
        mask_NT = np.arange(most) < np.array([len(text) for text in texts])[:, None]
        at_NT = rows * longest + (first + np.arange(most)).clip(max=longest - 1)
        picked = self._read(lines, at_NT.ravel()).view(*at_NT.shape, -1)
        values = self.network.value(picked[:, 0]).squeeze(-1)
        return TextScores(self.network.logits(picked).log_softmax(-1), self.put(mask_NT), values)

    @torch.no_grad()
    def generate(
        self, prompts: Sequence[Tokens], stop: str, max_tokens: int, rng: np.random.Generator
    ) -> list[Generated]:
        ends = {alphabet.END, *self.encode(stop)}
        texts: list[list[int]] = [[] for _ in prompts]
        logps: list[list[float]] = [[] for _ in prompts]
        going = list(range(len(prompts)))
        for _ in range(max_tokens):
            lines = [(alphabet.START, *prompts[i], *texts[i]) for i in going]
            unique = {line: k for k, line in enumerate(dict.fromkeys(lines))}
            longest = max(map(len, unique))
            ends_N = np.array([k * longest + len(line) - 1 for line, k in unique.items()])
            next_NV = self.network.logits(self._read(list(unique), ends_N)).cpu().double().log_softmax(-1)
            upto_NV = next_NV.exp().cumsum(-1).numpy()
            for i, line, draw in zip(going, lines, rng.random(len(going)).tolist(), strict=True):
                k = unique[line]
                token = min(int(np.searchsorted(upto_NV[k], draw, side="right")), alphabet.SIZE - 1)
                texts[i].append(token)
                logps[i].append(float(next_NV[k, token]))
            going = [i for i in going if texts[i][-1] not in ends]
            if not going:
                break
        return [Generated(tuple(text), own) for text, own in zip(texts, logps, strict=True)]

    def _read(self, lines: Sequence[Tokens], at_M: NDArray[np.int64]) -> torch.Tensor:
        """M × D: a vector for each of these flat places (line × the longest line's length + column)."""
        longest = max(map(len, lines))
        self._check(longest)
        self.passes(sum(map(len, lines)))
        tokens = self.put([line + (0,) * (longest - len(line)) for line in lines])
        return self.network(tokens, self.put(range(longest)).expand(len(lines), -1), None, self.put(at_M))

    def _check(self, length: int) -> None:
        if length > self.config.context:
            what = f"A prompt with its move has {length} characters; this policy reads {self.config.context}."
            raise BadSpec(what, todo="Raise the policy's `context`, or choose a shorter view or prompt.")


def build(spec: Mapping[str, object], seed: int) -> TinyPolicy:
    """A fresh policy. It computes on one thread: several hosts share a machine, and small matrices gain from no more.

    Raises:
        BadSpec: a field that does not exist or is out of bounds.
    """
    torch.set_num_threads(1)
    try:
        config = msgspec.convert(spec, TinyConfig)
    except msgspec.ValidationError as error:
        raise BadSpec(
            f"The tiny policy's spec: {error}.", todo="See its fields in workers/policy/tiny/config.py."
        ) from None
    if config.width % config.heads:
        raise BadSpec("The tiny policy's width is no multiple of its heads.", todo="Change one of them.")
    return TinyPolicy(config, seed)
