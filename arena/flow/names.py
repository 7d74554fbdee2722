"""names: what a spec names must exist, take what it is given, and go together. Nothing is imported to find out.

A plug-in's literal lists where its spec names others, and those may have names of their own: so what launches a job
refuses one that cannot be run, and has neither torch nor Ray.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import msgspec

from arena.core import specs
from arena.core.errors import ArenaError, BadSpec, UnknownPart
from arena.core.registry import Registry
from arena.flow import measured
from games import catalog
from games.needs import can_play

Needs = dict[str, str | int]


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place of a spec that names a plug-in or a game; the plug-in's own spec stands beside its name."""

    at: str
    """A path such as `learning.regularisers.*` (all of a list, or of a table); empty for the spec itself."""
    what: str
    """The word for what is named."""
    by: str = "kind"
    """The field that holds the name."""
    default: str = ""
    """What it is where the spec does not say."""
    package: str = ""
    """Whose modules the plug-ins are; empty for a game."""
    literal: str = "PART"
    """Of the plug-in: `spec`, a schema of what it takes; perhaps `names`, `needs` of games, those of the arena's `own`
    besides (of others less is known until they are walked), and what to use `instead` for others. An evaluation's: the
    `numbers` that it gives, each with what is better of it, `high` or `low` (or nothing: it has no best), in the order
    in which they are shown; `*` is each key of the table `each` of its spec."""
    games: str = ""
    """Where the whole spec says which games the plug-in is for: a path."""
    needs: Needs = {}
    """Of a game."""
    among: str = ""
    """Where the spec has the plug-ins of which this one, a text such as `nashconv.last`, names a number: a path."""
    better: str = ""
    """Where the spec says whether that number is better `high` or `low`, which it is where it says nothing: a path."""
    teaches: str = ""
    """Where the whole spec has the games that must all be this one, and be chosen in, for it to teach: a path."""


def check(
    names: list[Any], spec: Mapping[str, Any], page: str, at: str = "spec", whole: Mapping[str, Any] | None = None
) -> None:
    """See that all is there that a spec names, which fits its own schema.

    Args:
        page: tells what there is.
        at: the place of the spec in the whole.

    Raises:
        BadSpec: says the place of what does not exist, does not fit, or does not go together.
    """
    whole = spec if whole is None else whole
    for name in msgspec.convert(names, list[Name]):
        for place, given in find(spec, name.at, at):
            if name.among:
                _check_number(name, given, place, [one for _, one in find(spec, name.among)])
                _check_better(name, given, spec, at)
            elif name.package:
                _check_plug_in(name, given, place, whole, page)
            else:
                with _placed(place):
                    _check_game(given, given[name.by], name.needs, name.what)
                    if name.teaches:
                        _check_taught(name, given, [game for _, game in find(whole, name.teaches)])


def find(spec: Any, path: str, at: str = "spec") -> list[tuple[str, Any]]:
    """All that is at a path, with its place; nothing where the spec leaves it out, or has null."""
    here: list[tuple[str, Any]] = [(at, spec)]
    for step in path.split(".") if path else ():
        here = [(f"{place}.{key}", one[key]) for place, one in here for key in _keys(one, step)]
    return [(place, one) for place, one in here if one is not None]


def _keys(one: Any, step: str) -> list[Any]:
    if isinstance(one, list):
        count = len(cast(list[Any], one))
        return [key for key in range(count) if step in ("*", str(key))]
    if isinstance(one, dict):
        return list(cast(dict[str, Any], one)) if step == "*" else [step] * (step in one)
    return []


def _check_plug_in(name: Name, given: dict[str, Any], place: str, whole: Mapping[str, Any], page: str) -> None:
    kind, inner, inside = given.get(name.by, name.default), given.get("spec", {}), f"{place}.spec"
    with _placed(place):
        known = Registry(name.what, (name.package,), UnknownPart).literal(kind, name.literal)
    specs.fit(inner, known["spec"], inside, page)
    check(known.get("names", []), inner, page, inside, whole)
    for _, game in find(whole, name.games) if name.games else ():
        with _placed(place):
            needs = known.get("needs", {}) | (known.get("own", {}) if game["name"] in catalog.names() else {})
            instead = partial(_instead, name, known, game)
            _check_game(game, game["name"], needs, f"{name.what} {kind!r}", instead)


def _instead(name: Name, known: dict[str, Any], game: Mapping[str, Any]) -> str:
    """What a plug-in says to use for a game that it is not for; else those that are, and need no spec."""
    registry, facts = Registry(name.what, (name.package,), UnknownPart), catalog.load(game["name"]).facts
    variant = game.get("variant", "standard")
    others = {kind: registry.literal(kind, name.literal) for kind in registry.names()}
    able = [
        kind for kind, other in others.items()
        if can_play(other.get("needs", {}), facts, variant)
        and not other["spec"].get("required") and not other.get("connects")
    ]  # fmt: skip
    return known.get("instead") or " or ".join(map(repr, able))


def _check_number(name: Name, given: str, place: str, asked: list[dict[str, Any]]) -> None:
    kind, _, number = given.partition(".")
    mine = [one.get("spec", {}) for one in asked if one[name.by] == kind]
    if given and not mine:
        there = ", ".join(one[name.by] for one in asked) or "none"
        raise BadSpec(f"{place}: {given!r} is of no {name.what} of this spec.", todo=f"There is: {there}.")
    if given:
        known = Registry(name.what, (name.package,), UnknownPart).literal(kind, name.literal)
        each = [key for spec in mine for key in spec.get(known.get("each", ""), ())]
        made = [
            n for text in known["numbers"] for n in ([text.replace("*", k) for k in each] if "*" in text else [text])
        ]
        if number not in made:
            raise BadSpec(f"{place}: {kind} gives no number {number!r}.", todo=f"It gives: {', '.join(made)}.")


def _check_better(name: Name, given: str, spec: Mapping[str, Any], at: str) -> None:
    """What is taken for the best the wrong way round would be the worst."""
    known = measured.better(given)
    said = next((one for _, one in find(spec, name.better)), "low") if name.better else known
    if known and said != known:
        what = f"{at}.{name.better}: {given} is better {known}, not {said}."
        raise BadSpec(what, todo=f'Set `{name.better} = "{known}"`.')


PUT = {"variant": "standard", "view": "compact", "prompt": "view", "rounds": 1}
"""How a game is put to a policy, where a spec does not say."""


def _check_taught(name: Name, given: Mapping[str, Any], games: list[dict[str, Any]]) -> None:
    """What a teacher knows is one game, put in one way: in whatever else is played it has nothing to say."""
    chosen = [game for game in games if game.get("mode", "choose") == "choose"]
    if not chosen:
        raise BadSpec(f"The {name.what} teaches no written moves.", todo='Let a game have `mode = "choose"`.')
    for game in games:
        fields = PUT if game in chosen else {field: PUT[field] for field in ("variant", "view")}
        if given[name.by] != game["name"] or any(given.get(f, o) != game.get(f, o) for f, o in fields.items()):
            played = ", ".join(f"{f} {game.get(f, o)}" for f, o in PUT.items())
            what = f"The {name.what} knows nothing of {game['name']} ({played}), which is trained on."
            raise BadSpec(
                what, todo="Train one game, in single rounds, and name it here with its variant, view and prompt."
            )


def _check_game(given: Mapping[str, Any], name: str, needs: Needs, what: str, instead: Callable[[], str] = str) -> None:
    """Raises an ArenaError: there is no such game, variant or view, or it has not what is needed."""
    rules, variant = catalog.load(name), given.get("variant", "standard")
    rules.check_variant(variant)
    if "view" in given:
        rules.check_view(given["view"])
    same = {"rounds": given.get("rounds", 1), "opening_plies": given.get("opening_plies", 0)}
    if not can_play(needs, rules.facts, variant) or any(needs.get(n, has) != has for n, has in same.items()):
        wants = ", ".join(f"{n} {has}" for n, has in needs.items())
        played = f"{name} ({variant}, {same['rounds']} rounds, {same['opening_plies']} plies of opening)"
        use = f" Use {better}." if (better := instead()) else ""
        raise BadSpec(f"The {what} is nothing for {played}.", todo=f"It needs: {wants}.{use}")


@contextmanager
def _placed(place: str) -> Generator[None]:
    try:
        yield
    except ArenaError as error:
        raise BadSpec(f"{place}: {error.what}", todo=error.todo) from None
