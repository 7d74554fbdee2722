"""What has become of this process's requests to players' endpoints since it was last told of."""

from collections import Counter
from collections.abc import Mapping

from arena.stream.endpoints import MILLISECONDS, REQUESTS, TOKENS

_told_next: Counter[str] = Counter()


def request(outcome: str, seconds: float) -> None:
    """One is over. `outcome` is `answered`, or a `Trouble`'s."""
    _told_next[REQUESTS + outcome] += 1
    _told_next[MILLISECONDS] += round(seconds * 1000)


def tokens(prompt: int, completion: int) -> None:
    """What an endpoint says that an answer took."""
    _told_next[f"{TOKENS}prompt"] += prompt
    _told_next[f"{TOKENS}completion"] += completion


def take() -> dict[str, int]:
    """The counts, for whoever tells of them; they begin at nothing again."""
    counts = {name: count for name, count in _told_next.items() if count}
    _told_next.clear()
    return counts


def give_back(counts: Mapping[str, int]) -> None:
    """Nobody could be told of these."""
    _told_next.update(counts)
