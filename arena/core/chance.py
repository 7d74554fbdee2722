"""The arena's random numbers: counter-based, so that a match is a function of its seed in any language and version.

Draw `i` of a stream is the first eight bytes of BLAKE2b(key, i). Nothing here depends on Python's own generator.
"""

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct

_PAIR = Struct("<QQ")
_WORD = Struct("<Q")


def derive(seed: int, *path: int | str) -> int:
    """A 63-bit seed for the sub-stream `path` of `seed`: independent streams for independent things."""
    text = ":".join(map(str, (seed, *path))).encode()
    return _WORD.unpack(blake2b(text, digest_size=8).digest())[0] >> 1


class Chance:
    """A stream of draws. Copying it copies its position."""

    __slots__ = ("at", "key")

    def __init__(self, key: int, at: int = 0) -> None:
        self.key = key
        self.at = at

    def copy(self) -> "Chance":
        return Chance(self.key, self.at)

    def word(self) -> int:
        """The next 64-bit unsigned integer."""
        digest = blake2b(_PAIR.pack(self.key, self.at), digest_size=8).digest()
        self.at += 1
        return _WORD.unpack(digest)[0]

    def uniform(self) -> float:
        """The next float in [0, 1)."""
        return (self.word() >> 11) * 2.0**-53

    def below(self, n: int) -> int:
        """An integer in [0, n); the bias is at most n / 2**64."""
        return (self.word() * n) >> 64

    def outcome(self, outcomes: Sequence[tuple[int, float]]) -> int:
        """One of `(outcome, probability)` pairs whose probabilities sum to one."""
        at = self.uniform()
        for value, probability in outcomes:
            at -= probability
            if at < 0.0:
                return value
        return outcomes[-1][0]
