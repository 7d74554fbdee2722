"""What a plug-in needs of a game, as its literal says, and whether a game has it."""

from collections.abc import Mapping

from games.rules import Facts


def can_play(needs: Mapping[str, str | int], facts: Facts, variant: str = "standard") -> bool:
    """Whether a variant of a game has what is needed at all."""
    if needs.get("information") == "open" and facts.hidden:
        return False
    if needs.get("chance") == "none" and facts.chance:
        return False
    if needs.get("script", "") not in {"", *facts.scripts}:
        return False
    known = facts.variants.get(variant)
    same = {
        "game": facts.name,
        "script": needs.get("script"),
        "engine": facts.engine,
        "playouts": facts.playouts,
        "oracle": facts.oracle,
        "solved": int(known is not None and known.solved),
        "variant": variant,
        "seats": known.seats if known else None,
    }
    return all(needs.get(what, has) == has for what, has in same.items())
