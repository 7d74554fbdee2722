"""Prompts with the trees of their legal sets, laid out as one padded batch: each prompt is read once.

A tree's tokens stand after the prompt and see it and their own ancestors, not each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workers.policy.policy import LegalSet, Tokens
from workers.policy.trie import START, Tree, tree

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """N contexts of up to L tokens with F forks of up to W ways and P (action, fork, way) steps in all."""

    tokens_NL: Ints
    positions_NL: Ints
    seen_NLL: NDArray[np.bool_] | None
    """Which token sees which; none when all see what is before them."""
    ends_N: Ints
    """Place of each prompt's last token."""
    forks_F: Ints
    """Flat place (row × L + column) of each fork."""
    ways_FW: Ints
    open_FW: NDArray[np.bool_]
    """Which ways there are; the rest is padding."""
    steps_3P: Ints
    """Rows: the action (context × A + its place), the fork, the way."""
    actions: int
    """A: the longest legal set."""
    count: int
    """Tokens, padding left out."""


def lay_out(prompts: Sequence[Tokens], legal: Sequence[LegalSet], end: int) -> Layout:
    """A batch of contexts."""
    trees = [tree(actions, end) for actions in legal]
    lengths = [len(p) + len(t.tokens) for p, t in zip(prompts, trees, strict=True)]
    n, longest = len(prompts), max(lengths)
    tokens, positions = np.zeros((n, longest), np.int64), np.zeros((n, longest), np.int64)
    bent = any(t.tokens for t in trees)
    seen = np.tile(np.tri(longest, dtype=np.bool_), (n, 1, 1)) if bent else None
    for i, (prompt, t) in enumerate(zip(prompts, trees, strict=True)):
        at, size = len(prompt), lengths[i]
        tokens[i, :at], tokens[i, at:size] = prompt, t.tokens
        positions[i, :at], positions[i, at:size] = range(at), [at - 1 + d for d in t.depths]
        if seen is not None and t.tokens:
            seen[i, at:size, at:size] = _kin(tuple(t.parents))
    ends = np.fromiter((len(p) - 1 for p in prompts), np.int64, n)
    forks, ways, steps = _forks(trees, ends, longest, max(map(len, legal)))
    width = max((len(w) for w in ways), default=1)
    padded = np.array([w + [0] * (width - len(w)) for w in ways], np.int64).reshape(-1, width)
    is_open = np.arange(width) < np.array([len(w) for w in ways], np.int64).reshape(-1, 1)
    return Layout(
        tokens, positions, seen, ends, forks, padded, is_open, steps, max(map(len, legal)), sum(lengths)
    )  # fmt: skip


def _forks(trees: list[Tree], ends: Ints, longest: int, most: int) -> tuple[Ints, list[list[int]], Ints]:
    forks: list[int] = []
    ways: list[list[int]] = []
    steps: list[tuple[int, int, int]] = []
    for i, (t, end) in enumerate(zip(trees, ends.tolist(), strict=True)):
        base, row = len(forks), i * longest + end
        forks.extend(row if fork == START else row + 1 + fork for fork in t.forks)
        ways.extend(t.ways)
        steps.extend((i * most + a, base + fork, way) for a, path in enumerate(t.paths) for fork, way in path)
    return np.array(forks, np.int64), ways, np.array(steps, np.int64).reshape(-1, 3).T


@lru_cache(maxsize=4096)
def _kin(parents: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which token of a tree sees which: itself and its ancestors."""
    kin = np.eye(len(parents), dtype=np.bool_)
    for i, parent in enumerate(parents):
        if parent != START:
            kin[i] |= kin[parent]
    return kin
