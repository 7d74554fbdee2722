"""A legal set as a tree of tokens: the policy decides at each fork, among the ways that are legal.

The probability of an action is the product over its forks, each a softmax over that fork's ways only. So the
probabilities of a legal set sum to one exactly, a move costs only the tokens before its last fork, and the actions of
one prompt share it: "pass" and "bet" fork at once and cost nothing beyond the prompt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from arena.core.errors import BadSpec
from workers.policy.policy import LegalSet, Tokens

TODO = "Take a backend that tells them apart; `tiny` reads ASCII alone."
START = -1
"""In place of a node: the prompt's last token."""


def alike(legal: LegalSet, names: Sequence[str]) -> BadSpec:
    """The error of a legal set with two actions that are the same tokens, by their names."""
    second = next(place for place, action in enumerate(legal) if action in legal[:place])
    first = legal.index(legal[second])
    return BadSpec(f"The actions {names[first]!r} and {names[second]!r} are the same to this policy.", todo=TODO)


@dataclass(frozen=True, slots=True)
class Tree:
    """Tokens that must be read after the prompt, and where the ways part."""

    tokens: list[int]
    parents: list[int]
    """Of each token: the place of the one before it, or `START`."""
    depths: list[int]
    """Of each token: 1 right after the prompt."""
    forks: list[int]
    """The node after which the ways part: a place among the tokens, or `START`."""
    ways: list[list[int]]
    """Of each fork: the tokens it may go on with."""
    paths: list[list[tuple[int, int]]]
    """Of each action: its (fork, way) pairs."""


@lru_cache(maxsize=1 << 16)
def tree(legal: LegalSet, end: int) -> Tree:
    """The tree of a legal set. Where one action is the beginning of another, `end` is the way of the shorter.

    Raises:
        BadSpec: two actions are alike, so that their probabilities would not sum to one.
    """
    if len(set(legal)) < len(legal):
        raise alike(legal, [str(action) for action in legal])
    children: dict[Tokens, list[int]] = {}
    for action in legal:
        for at in range(len(action) + 1):
            ways = children.setdefault(action[:at], [])
            way = action[at] if at < len(action) else end
            if way not in ways:
                ways.append(way)
    forks = [prefix for prefix, ways in children.items() if len(ways) > 1]
    needed = {fork[: at + 1] for fork in forks for at in range(len(fork))}
    nodes = sorted(needed, key=lambda node: (len(node), node))
    place = {node: i for i, node in enumerate(nodes)} | {(): START}
    number = {fork: i for i, fork in enumerate(forks)}
    paths = [
        [(number[a[:at]], children[a[:at]].index((*a, end)[at])) for at in range(len(a) + 1) if a[:at] in number]
        for a in legal
    ]
    return Tree(
        [node[-1] for node in nodes], [place[node[:-1]] for node in nodes], [len(node) for node in nodes],
        [place[fork] for fork in forks], [children[fork] for fork in forks], paths,
    )  # fmt: skip
