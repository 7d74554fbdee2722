"""Text that may hold whatever somebody sent, cut in the middle: what it begins and ends with tells most."""

LEFT_OUT = " … "


def brief(text: str, most: int) -> str:
    """The text, in no more than `most` characters."""
    if len(text) <= most:
        return text
    tail = (most - len(LEFT_OUT)) // 2
    return text[: most - len(LEFT_OUT) - tail] + LEFT_OUT + text[len(text) - tail :]


def printable(text: str) -> str:
    """The text without what would steer a terminal, or break a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
