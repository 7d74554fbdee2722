"""The game hash: covers all that a replay reproduces, and nothing else. The referee makes it, the settler remakes it.

A chain of BLAKE2b-256: over the rules and the match's start, then each action with the position after it, then the
outcome. Two engines that disagree on one position cannot agree on the hash.
"""

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from unicodedata import unidata_version

from games.rules import Format, Rules

ENGINE = version("open_spiel")
SESSIONS = 2
"""Version of how rounds, openings and chance are drawn from a seed."""


@lru_cache(maxsize=256)
def rules_hash(rules: Rules) -> bytes:
    """32 bytes naming the rules: the game, its own version and its engine's. Another hash is another game.

    A game's `version` is raised by whoever changes what a replay of it gives; prose may change without it.
    """
    facts = rules.facts
    variants = {name: [v.seats, dict(v.parameters)] for name, v in facts.variants.items()}
    engine = [ENGINE, facts.engine_version] if facts.engine_version else ENGINE
    known = [facts.name, facts.version, facts.payoff, variants, engine, SESSIONS]
    if facts.text:
        known.append(unidata_version)  # which letters are printable, and what they fold to, is Python's to say
    return hashlib.blake2b(json.dumps(known, sort_keys=True).encode(), digest_size=32).digest()


class GameHash:
    """The chain of one match."""

    __slots__ = ("_at",)

    def __init__(self, rules: Rules, variant: str, fmt: Format, seed: int) -> None:
        first = f"{variant}|{fmt.rounds}|{fmt.opening_plies}|{seed}".encode()
        self._at = hashlib.blake2b(rules_hash(rules) + first, digest_size=32).digest()

    def step(self, seat: int, action: str, key: str) -> bytes:
        """Add an action and the position after it; gives the first eight bytes, which stand beside the ply."""
        self._at = hashlib.blake2b(
            f"{seat}|{len(action)}|{action}|{key}".encode(), digest_size=32, key=self._at
        ).digest()
        return self._at[:8]

    def close(self, scores: list[float], stops: list[str]) -> bytes:
        """Add the outcome; gives the game hash."""
        # Floats whatever they came as: on the wire -1 and -1.0 are one number.
        outcome = json.dumps([[float(s) for s in scores], stops]).encode()
        return hashlib.blake2b(outcome, digest_size=32, key=self._at).digest()
