"""Text that may hold whatever somebody sent: cut, in the middle, for what it begins and ends with tells most; shown."""

import re

LEFT_OUT = " … "
NOT_KEPT = "\n[… {:,} characters not kept …]\n"
BLANK = re.compile("[\u034f\u115f\u1160\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Printable by Unicode, and no screen shows it: fillers, the empty braille cell, a joiner, variation selectors."""
_PICTURE = "[\u2190-\u27ff\u2900-\u2bff\U0001f000-\U0001faff][\ufe0e\ufe0f]?"
_WRITING = "[\u0600-\u0dff]"
MEANT = re.compile(f"\r(?=\n)|(?<={_WRITING})[\u200c\u200d](?={_WRITING})|{_PICTURE}(?:\u200d{_PICTURE})*")
"""Where what shows nothing is part of what is shown: in line breaks, in Arabic and Indic words, in emoji."""
JOINS = "\u200c\u200d\ufe0e\ufe0f"


def brief(text: str, most: int) -> str:
    """The text, in no more than `most` characters: for whoever reads a message."""
    if len(text) <= most:
        return text
    tail = (most - len(LEFT_OUT)) // 2
    return text[: most - len(LEFT_OUT) - tail] + LEFT_OUT + text[len(text) - tail :]


def kept(text: str, most: int) -> str:
    """The text, in no more than `most` characters, and how many are gone: for what is kept, and the rest nowhere."""
    if len(text) <= most:
        return text
    room = most - len(NOT_KEPT.format(len(text)))
    return text[: room - room // 2] + NOT_KEPT.format(len(text) - room) + text[len(text) - room // 2 :]


def printable(text: str) -> str:
    """The text without what would steer a terminal, or break a line: for one line of a message, a log, a table."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def visible(text: str) -> str:
    """The text with whatever steers a screen, or shows nothing, as an escape: for evidence, where all of it is to be
    seen, and only line breaks and tabs are meant."""
    return "".join(letters(text))


def letters(text: str) -> list[str]:
    """`visible` of each character, for who counts them."""
    seen = [_seen(letter) for letter in text]
    for found in MEANT.finditer(text):
        for at in range(*found.span()):
            if text[at] == "\r":
                seen[at] = ""
            elif text[at] in JOINS:
                seen[at] = text[at]
    return seen


def _seen(letter: str) -> str:
    if letter in "\n\t" or (letter.isprintable() and not BLANK.match(letter)):
        return letter
    return " " if letter.isspace() and ord(letter) >= 0xA0 else letter.encode("unicode_escape").decode()
