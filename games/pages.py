"""The reference page of each game, as Markdown, made of its facts and of a match of it. `make docs` writes them."""

from collections.abc import Iterator
from typing import cast

from gymnasium import spaces

from arena.core.chance import Chance
from games import catalog
from games.aec import GameEnv
from games.rules import OVER, Facts, Format, Rules, State, Variant

SAMPLE_SEED = 1
SAMPLE_PLIES = 3
"""Random plies before the position that is shown."""
OFFERS = 12
"""Legal actions that a page names."""
KNOWS = {
    "minimax": "exact minimax (`games.solve.minimax`)",
    "cfr": "an equilibrium by CFR+ (`games.solve.cfr`)",
    "search": "Monte-Carlo tree search (`games.solve.search`)",
    "own": "the game's own file",
    None: "none",
}


def index() -> str:
    """The table of all games."""
    lines = [
        "# The games",
        "",
        "A page each, written from the code by `make docs`. What they have in common stands in [games](../games.md).",
        "",
        "| game | family | seats | information | chance | scores | oracle | ladder |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in catalog.names():
        f = catalog.load(name).facts
        seats = sorted({v.seats for v in f.variants.values()})
        cells = (
            f"[{f.title}]({name}.md)", f.family, ", ".join(map(str, seats)), "hidden" if f.hidden else "open",
            "yes" if f.chance else "no", f.payoff.replace("_", "-"), f.oracle or "", "Elo" if f.laddered else "",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def page(name: str) -> str:
    """One game's page."""
    rules = catalog.load(name)
    facts = rules.facts
    return "\n".join(
        [
            f"# {facts.title}",
            "",
            facts.how_to_play,
            "",
            *_facts(facts),
            "",
            "## Variants",
            "",
            "| name | split | seats | scores of a round | longest round, in plies | parameters |",
            "|---|---|--:|---|--:|---|",
            *(_variant(variant, v) for variant, v in facts.variants.items()),
            "",
            "## Views",
            "",
            *_views(rules),
            "## In PettingZoo",
            "",
            *_spaces(rules),
            "",
        ]
    )


def _facts(facts: Facts) -> list[str]:
    rows = {
        "name": f"`{facts.name}`",
        "family": facts.family,
        "information": "hidden" if facts.hidden else "open",
        "chance": "yes" if facts.chance else "no",
        "scores": facts.payoff.replace("_", "-"),
        "seats move": "at once, asked in turn" if facts.simultaneous else "in turn",
        "actions": "texts: some turns take more than is offered" if facts.text else "from a fixed list",
        "a rated match": _rated(facts.rated) if facts.laddered else "none: it has no Elo ladder",
        "what actions are worth": KNOWS[facts.oracle],
        "scripted players": ", ".join(f"`{s}`" for s in sorted(facts.scripts)) or "none",
        "views that forget nothing of a round": ", ".join(f"`{v}`" for v in sorted(facts.perfect_recall)) or "none",
        "rules by": "OpenSpiel" if facts.engine == "openspiel" else "its own file",
    }
    return ["| | |", "|---|---|", *(f"| {what} | {told} |" for what, told in rows.items())]


def _rated(fmt: Format) -> str:
    made = f"{fmt.rounds} rounds" if fmt.rounds > 1 else "one round"
    return f"{made} after {fmt.opening_plies} random plies" if fmt.opening_plies else made


def _variant(name: str, v: Variant) -> str:
    parameters = ", ".join(f"{k} = {value}" for k, value in v.parameters.items())
    low, high = v.utility
    return f"| `{name}` | {v.split} | {v.seats} | {low:g} to {high:g} | {v.max_plies} | {parameters} |"


def _views(rules: Rules) -> Iterator[str]:
    state = _sample(rules)
    yield f"After {len(state.moves())} random moves of seed {SAMPLE_SEED}, as seat {state.seat}, to move, sees it:"
    yield ""
    for view in rules.facts.views:
        shown = (line.rstrip() for line in state.view(state.seat, view).split("\n"))
        yield from (f"`{view}`:", "", "```", *shown, "```", "")
    legal = state.legal()
    more = f", and {len(legal) - OFFERS} more" if len(legal) > OFFERS else ""
    yield f"{'Offered' if rules.facts.text else 'Legal'} there: {', '.join(f'`{a}`' for a in legal[:OFFERS])}{more}."
    yield ""


def _sample(rules: Rules) -> State:
    """A position in which somebody is to move, a few random plies into a match."""
    state, chance = rules.start(SAMPLE_SEED), Chance(SAMPLE_SEED)
    for _ in range(SAMPLE_PLIES):
        after = state.clone()
        legal = after.legal_ids()
        after.apply_id(legal[chance.below(len(legal))])
        if after.seat == OVER:
            break
        state = after
    return state


def _spaces(rules: Rules) -> list[str]:
    env = GameEnv(rules, "standard", "prose", Format())
    env.reset(seed=SAMPLE_SEED)
    seat = env.possible_agents[0]
    parts = cast(spaces.Dict, env.observation_space(seat)).spaces
    observed = ", ".join(f"`{key}`: `{_space(space)}`" for key, space in parts.items())
    make = "make_parallel" if rules.facts.simultaneous else "make"
    return [
        f'`catalog.{make}("{rules.facts.name}")` observes {observed}; an action is of '
        f"`{_space(env.action_space(seat))}`. Agents: `{env.possible_agents[0]}` to `{env.possible_agents[-1]}`."
    ]


def _space(space: object) -> str:
    shape = getattr(space, "shape", None)
    kind = type(space).__name__
    if kind == "Box":
        return f"Box{shape}".replace(",)", ")")
    return f"Discrete({getattr(space, 'n', '')})" if kind == "Discrete" else "Text"
