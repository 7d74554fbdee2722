"""The `tiny` policy's tokens: one a character. What is not in the alphabet is one and the same token."""

from collections.abc import Sequence

from workers.policy.policy import Tokens

START, END, UNKNOWN = 0, 1, 2
FIRST = 3
CHARACTERS = "\n" + "".join(map(chr, range(32, 127)))
SIZE = FIRST + len(CHARACTERS)
_IDS = {character: FIRST + i for i, character in enumerate(CHARACTERS)}


def encode(text: str) -> Tokens:
    """Token ids of a text."""
    return tuple([_IDS.get(character, UNKNOWN) for character in text])


def decode(tokens: Sequence[int]) -> str:
    """The text; special tokens are left out."""
    return "".join(CHARACTERS[t - FIRST] for t in tokens if t >= FIRST)
