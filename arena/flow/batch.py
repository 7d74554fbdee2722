"""batch: how many trajectories an update of training is made of, and whether the stream can hold so many."""

from collections.abc import Mapping
from typing import Any

import msgspec

from arena.core.errors import BadSpec
from arena.flow.names import find
from arena.stream.admission import MAX_ENTRIES
from games import catalog


class Paths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a spec says what an update is made of; and what that is where it does not."""

    matches: tuple[str, int]
    bundles: tuple[str, int]
    opponents: str
    games: str
    mirror: str
    """The kind of opponent, and the one without a word, against whom each seat is learnt from."""


def size(known: dict[str, Any], spec: Mapping[str, Any]) -> int:
    """Trajectories an update: where others sit at some tables, only the learning seats of those count."""
    paths = msgspec.convert(known, Paths)
    games = [game for _, game in find(spec, paths.games)]
    seats = max(catalog.load(g["name"]).check_variant(g.get("variant", "standard")).seats for g in games)
    tables = [one for _, one in find(spec, paths.opponents)] or [{}]
    weights = [(one.get("weight", 1.0), one.get("kind", paths.mirror) == paths.mirror) for one in tables]
    learning = sum(w * (seats if mirror else 1) for w, mirror in weights) / sum(w for w, _ in weights)
    matches, bundles = (
        next((n for _, n in find(spec, path)), other) for path, other in (paths.matches, paths.bundles)
    )  # fmt: skip
    return max(1, round(matches * bundles * learning))


def check(known: dict[str, Any], spec: Mapping[str, Any]) -> None:
    """Raises `BadSpec`: a batch is so large that the stream does not hold two, of one trajectory an entry."""
    trajectories = size(known, spec)
    if 2 * trajectories > MAX_ENTRIES:
        place = f"spec.{msgspec.convert(known, Paths).matches[0]}"
        what = (
            f"{place}: an update would be of {trajectories} trajectories; the stream holds two of {MAX_ENTRIES // 2}."
        )
        raise BadSpec(what, todo="Take fewer matches a bundle, or fewer bundles an update.")
