"""The scripted players of social deduction. They read their own seat's JSON view and nothing else.

The oracle weighs every way to deal the roles by how likely what was said and voted would be under it.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import permutations
from math import prod
from typing import Any

View = Mapping[str, Any]
Roles = tuple[str, ...]
LIAR, RIGHT_SEER, WRONG_SEER, HASTY = 1.0, 3.0, 0.02, 0.1
"""How much likelier a wolf, a seer (rightly or wrongly) and a villager are to claim a seer's part than a babbler is."""
POINTS = {("wolf", True): 0.2, ("wolf", False): 1.3, ("other", True): 1.5, ("other", False): 0.9}
"""The same of a wolf, or another, that accuses or votes for a seat that is a wolf (True), or is not."""
BABBLER = 0.2
"""How likely a seat is, before it speaks, to say anything at all whatever its role."""


@lru_cache
def assignments(deck: Roles) -> list[Roles]:
    """Every way to deal the roles, in order."""
    return sorted(set(permutations(deck)))


def greedy(view: View, legal: Sequence[str], rng: random.Random) -> str:
    """Repeats the last accusation that is not its own pack's, and votes by it; by night it plays at random."""
    said = [_accused(move.split()) for _, _, move, _ in view["events"]]
    pack = {seat for seat, role in view["roles"].items() if role == "wolf"} if view["role"] == "wolf" else set[str]()
    for target in reversed(said):
        for verb in ("accuse", "vote"):
            if f"{verb} {target}" in legal and target not in pack:
                return f"{verb} {target}"
    accusations = [move for move in legal if move.startswith("accuse") and move.split()[1] not in pack]
    return rng.choice(accusations or list(legal))


def _accused(words: list[str]) -> str:
    """Whom a message accuses, or a blank."""
    return words[1] if words[0] == "accuse" else words[2] if words[-1] == "wolf" else ""


def oracle(view: View, legal: Sequence[str], rng: random.Random) -> str:
    """Votes for the likeliest wolf; as the seer tells what it found; as a wolf kills the likeliest seer and lies."""
    if len(legal) == 1:
        return legal[0]
    wolf = view["role"] == "wolf"
    chances = beliefs(view, inside=not wolf)
    others = [seat for seat in view["alive"] if seat != view["seat"]]
    prey = [seat for seat in others if view["roles"].get(str(seat)) != "wolf"] if wolf else others
    rng.shuffle(prey)
    suspect = max(prey, key=lambda seat: chances[seat, "wolf"])
    if view["phase"] == "night":
        if wolf:
            return f"kill {max(prey, key=lambda seat: chances[seat, 'seer'])}"
        fresh = [seat for seat in prey if not _found(view, seat)] or prey
        return f"inspect {max(fresh, key=lambda seat: chances[seat, 'wolf'])}"
    if view["phase"] == "vote":
        return f"vote {suspect}"
    return _talk(view, suspect) if wolf or view["role"] == "seer" else f"accuse {suspect}"


def beliefs(view: View, *, inside: bool) -> dict[tuple[int, str], float]:
    """How likely each seat is to hold each role: by what the seat knows, or (not `inside`) by what all know."""
    total = 0.0
    seats = range(1, len(view["deck"]) + 1)
    found = {(seat, role): 0.0 for seat in seats for role in ("wolf", "seer", "villager")}
    for roles in assignments(tuple(view["deck"])):
        if _possible(view, roles, inside=inside):
            weight = _weight(view, roles)
            total += weight
            for seat, role in enumerate(roles, 1):
                found[seat, role] += weight
    return {pair: weight / total for pair, weight in found.items()}


def _weight(view: View, roles: Roles) -> float:
    """How likely all that was said and voted is, if these are the roles."""
    spoken = [1.0] * len(roles)
    for _, who, move, _ in view["events"]:
        if who > 0:
            spoken[who - 1] *= _likely(roles, who, move.split())
    return prod(BABBLER + (1 - BABBLER) * likely for likely in spoken)


def _possible(view: View, roles: Roles, *, inside: bool) -> bool:
    told = {s: role for s, role in view["roles"].items() if inside or int(s) not in view["alive"]}
    if any(roles[int(seat) - 1] != role for seat, role in told.items()):
        return False
    results = [(move.split()[1], text) for _, _, move, text in view["events"] if move.startswith("inspect")]
    return all((roles[int(seat) - 1] == "wolf") == (text == "wolf") for seat, text in results)


def _likely(roles: Roles, who: int, words: list[str]) -> float:
    role, target = roles[who - 1], next((int(word) for word in words if word.isdigit()), 0)
    wolf = target > 0 and roles[target - 1] == "wolf"
    if words[0] == "claim" and words[1] == "seer":
        true = target == 0 or wolf == (words[-1] == "wolf")
        return {"seer": RIGHT_SEER if true else WRONG_SEER, "wolf": LIAR}.get(role, HASTY)
    if words[0] in ("accuse", "vote") and target:
        return POINTS["wolf" if role == "wolf" else "other", wolf]
    return 1.0


def _found(view: View, seat: int) -> str:
    return next((text for _, _, move, text in view["events"] if move == f"inspect {seat}"), "")


def _talk(view: View, suspect: int) -> str:
    """What a seer has found, or what a wolf would have others believe."""
    if view["role"] == "wolf":
        rival = any(move.startswith("claim seer") and who != view["seat"] for _, who, move, _ in view["events"])
        return f"claim seer {suspect} wolf" if rival else f"accuse {suspect}"
    living = [seat for seat in view["alive"] if _found(view, seat)]
    guilty = [seat for seat in living if _found(view, seat) == "wolf"]
    if guilty:
        return f"claim seer {guilty[0]} wolf"
    # A seer who has found no wolf lives longer unknown; once few are left, whom it clears decides the vote.
    return f"claim seer {living[-1]} good" if living and len(view["alive"]) <= 4 else f"accuse {suspect}"


SCRIPTS: dict[str, Callable[[View, Sequence[str], random.Random], str]] = {"greedy": greedy, "oracle": oracle}
