"""Whether a text gives a secret word away: `leaks(text, word)` names the rule by which it does.

Made for short clues. It would rather call a chance resemblance a leak than miss a disguise: say so in a game's rules.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

LATIN = "abcdefghijklmnopqrstuvwxyz"
LETTERS = re.compile(r"[a-z]+")
CODED = re.compile(r"[A-Za-z0-9+/_-]{4,}")
PART = 4
"""From this length on a word is also found inside a longer one."""
ACROSS = 5
"""From this length on a word is also found across the borders of words."""

_LOOKALIKES = {
    "а": "a", "ɑ": "a", "α": "a", "в": "b", "β": "b", "ь": "b", "с": "c", "ϲ": "c", "ԁ": "d", "ɗ": "d", "е": "e",
    "є": "e", "ε": "e", "ё": "e", "ƒ": "f", "ɡ": "g", "ց": "g", "һ": "h", "н": "h", "η": "n", "і": "i", "ι": "i",
    "ı": "i", "ї": "i", "ј": "j", "к": "k", "κ": "k", "ӏ": "l", "ł": "l", "ⅼ": "l", "м": "m", "μ": "u", "п": "n",
    "ո": "n", "о": "o", "ο": "o", "σ": "o", "ø": "o", "օ": "o", "р": "p", "ρ": "p", "ԛ": "q", "г": "r", "ѕ": "s",
    "ꜱ": "s", "т": "t", "τ": "t", "υ": "u", "ս": "u", "ѵ": "v", "ν": "v", "ԝ": "w", "ω": "w", "ш": "w", "х": "x",
    "χ": "x", "у": "y", "γ": "y", "ყ": "y", "ž": "z", "ζ": "z", "đ": "d", "ß": "b",
}  # fmt: skip
_CAPITALS = dict(zip("ᎪᏴᏟᎠᎬᎶᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃᗅᗷᑕᗪᕼᒍᒪᑭᖇᔕᑌᐯᗯ᙭", "abcdeghijklmprstvwzabcdhjlprsuvwx", strict=True))
"""Of Cherokee and Canadian syllabics. Cherokee folds to capitals."""
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprtuvwyz", strict=True))
_IN_BOXES = {chr(first + i): letter for first in (0x1F150, 0x1F170, 0x1F1E6) for i, letter in enumerate(LATIN)}
CONFUSABLES = str.maketrans(_LOOKALIKES | _CAPITALS | _SMALL_CAPITALS | _IN_BOXES)
LEET = str.maketrans("0134578926@$!|+(<€£", "oieastbgzgasiitccel")
ONE_STROKE = str.maketrans("l", "i")
"""In leet, 1 and | stand for i and for l alike."""


def leaks(text: str, word: str) -> str | None:
    """The first rule by which `text` gives `word` away, or None. Never raises.

    The rules, in this order: plain (also its plural, or inside a longer word), confusables (look-alike letters of
    other scripts, after NFKC), spacing, leet, reversal, base64, acrostic (first or last letters, either way round).
    """
    secret = "".join(LETTERS.findall(folded(word)))
    if not secret:
        return None
    return next((name for name, rule in RULES.items() if rule(text, secret)), None)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Lower-case Latin letters for whatever looks like them; marks and invisible characters dropped."""
    # Look-alikes first: NFKD would take some of them apart into other letters.
    first = unicodedata.normalize("NFKC", text).casefold().translate(CONFUSABLES)
    bare = [c for c in unicodedata.normalize("NFKD", first) if unicodedata.category(c) not in {"Mn", "Me", "Cf"}]
    return "".join(bare).translate(CONFUSABLES)


def _plain(text: str, word: str) -> bool:
    return _named(LETTERS.findall(text.casefold()), word)


def _confusables(text: str, word: str) -> bool:
    return _named(LETTERS.findall(folded(text)), word)


def _spacing(text: str, word: str) -> bool:
    return _spaced(LETTERS.findall(folded(text)), word)


def _leet(text: str, word: str) -> bool:
    secret = word.translate(ONE_STROKE)
    return any(_named(tokens, secret) or _spaced(tokens, secret) for tokens in _unleeted(text))


def _reversal(text: str, word: str) -> bool:
    plain, turned = LETTERS.findall(folded(text)), word[::-1]
    if _named([token[::-1] for token in plain], word) or _spaced(plain, turned):
        return True
    turned = turned.translate(ONE_STROKE)
    return any(turned in tokens or _spaced(tokens, turned) for tokens in _unleeted(text))


def _base64(text: str, word: str) -> bool:
    return any(_named(tokens, word) for tokens in _decoded(text))


def _acrostic(text: str, word: str) -> bool:
    tokens = LETTERS.findall(folded(text))
    if len(word) < 3:
        return False
    edges = ("".join(token[0] for token in tokens), "".join(token[-1] for token in tokens))
    return any(word in edge or word in edge[::-1] for edge in edges)


RULES: dict[str, Callable[[str, str], bool]] = {
    "plain": _plain,
    "confusables": _confusables,
    "spacing": _spacing,
    "leet": _leet,
    "reversal": _reversal,
    "base64": _base64,
    "acrostic": _acrostic,
}


def _named(tokens: Sequence[str], word: str) -> bool:
    """Whether a token is a form of the word, or holds it where it is long enough not to be there by chance."""
    forms = _forms(word)
    return any(token in forms or (len(word) >= PART and word in token) for token in tokens)


def _forms(word: str) -> set[str]:
    forms = {word, f"{word}s", f"{word}es"}
    if word.endswith("y"):
        forms.add(f"{word[:-1]}ies")
    if word.endswith("e"):
        forms |= {f"{word[:-1]}ing", f"{word}d"}
    if word.endswith(("f", "fe")):
        forms.add(f"{word.removesuffix('e')[:-1]}ves")
    return forms


def _spaced(tokens: Sequence[str], word: str) -> bool:
    """Whether tokens that follow one another spell the word."""
    if len(word) >= ACROSS and word in "".join(tokens):
        return True
    for start in range(len(tokens)):
        joined = ""
        for token in tokens[start:]:
            joined += token
            if joined == word:
                return True
            if not word.startswith(joined):
                break
    return False


@lru_cache(maxsize=4096)
def _unleeted(text: str) -> tuple[list[str], list[str]]:
    """The text's words with digits and signs read as letters: once with the signs at their ends, once without."""
    words = folded(text).split()
    bare = [word.strip(".,;:!?()|+<") for word in words]
    whole, inner = (" ".join(some).translate(LEET).translate(ONE_STROKE) for some in (words, bare))
    return LETTERS.findall(whole), LETTERS.findall(inner)


@lru_cache(maxsize=4096)
def _decoded(text: str) -> list[list[str]]:
    """The words of what the parts of the text that may be base64 say, each part alone and all together."""
    shown = unicodedata.normalize("NFKC", text)
    found: list[list[str]] = []
    for coded in (*CODED.findall(shown), "".join(shown.split()).rstrip("=")):
        bare = coded.translate(str.maketrans("-_", "+/"))
        try:
            said = base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("latin-1")
        except (binascii.Error, ValueError):
            continue
        found.append(LETTERS.findall(folded(said)))
    return found
