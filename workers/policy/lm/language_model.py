"""The policy that a causal language model makes: its scores, its texts, its weights."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from arena.core.errors import BadSpec
from workers.policy.forks import logps
from workers.policy.lm.config import LmConfig
from workers.policy.lm.frame import frame
from workers.policy.lm.learnt import Frozen, Learnt, choose
from workers.policy.lm.reading import NOTHING, Sheet, read, sheet
from workers.policy.lm.stack import Stack
from workers.policy.lm.trunk import Key, Trunk
from workers.policy.lm.writing import Writer
from workers.policy.policy import Generated, LegalSet, Policy, Scores, TextScores, Tokens
from workers.policy.weights import content_hash

ROWS = 64
"""Contexts scored, or texts written, at once where no gradients are needed."""


class LanguageModel(Policy):
    """Scores legal sets by their trees after the prompts, or writes moves token by token."""

    def __init__(self, config: LmConfig, model: Any, tokenizer: Any) -> None:
        self.config, self.tokenizer = config, tokenizer
        self.stack = Stack(model, config.layers if config.train == "top" else 0)
        choose(self.stack, config)
        self.module = self.learnt = Learnt(model, self.stack.width)
        self.frame = frame(tokenizer, chat=config.chat)
        self.end: int = tokenizer.eos_token_id
        self.context = min(config.context, getattr(model.config, "max_position_embeddings", config.context))
        self.trunk = Trunk(self.stack, self.end, config.cache_mb) if config.train == "top" else None
        self._base = Frozen(self.learnt)
        self._named: tuple[object, bytes] = (None, b"")

    def __deepcopy__(self, memo: dict[int, Any]) -> "LanguageModel":
        """A policy with weights of its own, but for those that never change: these are shared."""
        memo |= {id(weight): weight for weight in self.learnt.frozen().values()}
        memo |= {id(self.tokenizer): self.tokenizer}
        twin = object.__new__(type(self))
        twin.__dict__ |= {name: copy.deepcopy(value, memo) for name, value in self.__dict__.items()}
        return twin

    def encode(self, text: str) -> Tokens:
        return tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def decode(self, tokens: Sequence[int]) -> str:
        return self.tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def forward(self, prompts: Sequence[Tokens], legal: Sequence[LegalSet]) -> Scores:
        page, inner_NLD = self._read([self.frame.around(prompt) for prompt in prompts], legal)
        plan, rows = page.plan, self.put(np.arange(len(prompts)))
        values = self.learnt.value(inner_NLD[rows, self.put(plan.ends_N)].float()).squeeze(-1)
        forks_FD = inner_NLD.flatten(0, 1)[self.put(plan.forks_F)]
        return Scores(logps(plan, legal, self.stack.logits_of(forks_FD, self.put(plan.ways_FW))), values)

    def forward_texts(self, prompts: Sequence[Tokens], texts: Sequence[Tokens]) -> TextScores:
        opened = [self.frame.around(prompt) for prompt in prompts]
        lines = [(*prompt, *text[:-1]) for prompt, text in zip(opened, texts, strict=True)]
        page, inner_NLD = self._read(lines, [NOTHING] * len(lines), min(map(len, opened)))
        most, rows = max(map(len, texts)), np.arange(len(texts))[:, None]
        first = np.array([len(prompt) - 1 - len(page.first) for prompt in opened])[:, None]
        mask_NT = np.arange(most) < np.array([len(text) for text in texts])[:, None]
        at_NT = (first + np.arange(most)).clip(max=inner_NLD.shape[1] - 1)
        picked = inner_NLD[self.put(rows), self.put(at_NT)]
        values = self.learnt.value(picked[:, 0].float()).squeeze(-1)
        return TextScores(self.stack.logits(picked).log_softmax(-1), self.put(mask_NT), values)

    def generate(
        self, prompts: Sequence[Tokens], stop: str, max_tokens: int, rng: np.random.Generator
    ) -> list[Generated]:
        most = min(max_tokens, self.config.max_tokens)
        writer = Writer(self.stack, lambda text: text[-1] == self.end or stop in self.decode(text))
        opened = [self.frame.around(prompt) for prompt in prompts]
        self._check(max(map(len, opened)) + most)
        texts = [t for at in range(0, len(opened), ROWS) for t in writer.write(opened[at : at + ROWS], most, rng)]
        tokens = sum(map(len, set(opened))) + sum(len(text.tokens) for text in texts)
        with torch.no_grad():
            self.passes(tokens, tokens)
        return texts

    def score(self, prompts: Sequence[Tokens], legal: Sequence[LegalSet]) -> list[NDArray[np.float32]]:
        """As every policy does, in portions."""
        unique = sorted(set(zip(prompts, legal, strict=True)), key=lambda pair: len(pair[0]))
        found: dict[Key, NDArray[np.float32]] = {}
        for at in range(0, len(unique), ROWS):
            some = unique[at : at + ROWS]
            found |= zip(some, super().score(*map(list, zip(*some, strict=True))), strict=True)
        return [found[pair] for pair in zip(prompts, legal, strict=True)]

    def move(self, device: torch.device) -> None:
        super().move(device)
        if self.trunk is not None:  # what it remembers lies where it was read
            self.trunk = Trunk(self.stack, self.end, self.config.cache_mb)

    @property
    def frozen(self) -> int:
        return sum(p.numel() for p in self.stack.layers.parameters() if not p.requires_grad)

    @property
    def remembers(self) -> bool:
        return self.trunk is not None

    @property
    def content_hash(self) -> bytes:
        """Of the frozen weights, which is found once, and of what is learnt."""
        # Whatever changes a weight in place counts its version up.
        now = tuple((id(p), p._version) for p in self.learnt.parameters())
        if self._named[0] != now:
            whole = {"": torch.frombuffer(bytearray(self._base.hash), dtype=torch.uint8)}
            self._named = now, content_hash(whole | self.learnt.state_dict())
        return self._named[1]

    def _read(
        self, opened: list[Tokens], legal: Sequence[LegalSet], shortest: int | None = None
    ) -> tuple[Sheet, torch.Tensor]:
        page = sheet(opened, legal, self.end, shortest)
        self._check(page.longest)
        if self.trunk is None:
            # Gradients go back through frozen layers, too, to the adapters in them.
            self.passes(page.count, page.count * (2 if torch.is_grad_enabled() else 1))
            return page, read(self.stack, page)[1]
        before = self.trunk.read
        inner = self.trunk.inner(page, list(zip(opened, legal, strict=True)))
        self.passes(page.count, self.trunk.read - before)
        return page, read(self.stack, page, "upper", inner)[1]

    def _check(self, length: int) -> None:
        if length > self.context:
            what = f"A prompt with its frame and move has {length} tokens; this policy reads {self.context}."
            raise BadSpec(what, todo="Raise the policy's `context`, or choose a shorter view or prompt.")
