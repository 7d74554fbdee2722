"""Finding a word of a list by halving: ask what splits the words left most evenly, and guess among the last two.

A set of words is a bit mask over the list in alphabetical order.
"""

from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache

from games.words import ATTRIBUTES, having, table


def later(turns: Counter[int], by: int) -> Counter[int]:
    """The same, so many turns later."""
    return Counter({turn + by: often for turn, often in turns.items()})


@lru_cache(maxsize=65_536)
def pace(words: str, mask: int) -> Counter[int]:
    """Of the words in the mask, how many are found in which turn by halving."""
    if mask.bit_count() <= 2:
        return Counter(range(1, mask.bit_count() + 1))
    has = having(words, _halving(words, mask))
    return later(pace(words, mask & has) + pace(words, mask & ~has), 1)


@lru_cache(maxsize=65_536)
def _halving(words: str, mask: int) -> str:
    """The attribute that splits the words of the mask most evenly."""
    half = mask.bit_count() / 2
    return min(ATTRIBUTES, key=lambda name: abs((mask & having(words, name)).bit_count() - half))


@cache
def hardness(words: str) -> Mapping[str, int]:
    """How many turns it takes to find each word by halving the list."""
    found: dict[str, int] = {}
    names = list(table(words))
    ahead = [((1 << len(names)) - 1, 1)]
    while ahead:
        mask, turn = ahead.pop()
        if mask.bit_count() <= 2:
            found |= {names[i]: turn + k for k, i in enumerate(bits(mask))}
        else:
            has = having(words, _halving(words, mask))
            ahead += [(mask & has, turn + 1), (mask & ~has, turn + 1)]
    return found


def bits(mask: int) -> list[int]:
    """Places of the words in a mask."""
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def bit(words: str, word: str) -> int:
    """The mask of one word; empty for a word that is not in the list."""
    names = list(table(words))
    return 1 << names.index(word) if word in table(words) else 0
