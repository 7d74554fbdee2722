"""What the tests of Evidence Court share: matches of scripted players, and cases made by hand."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from games.court.case import Case, Question
from games.court.forms import AnyOf, Total
from games.court.judge import Verdict
from games.court.moves import Act
from games.court.scripts import SCRIPTS
from games.debate.evidence_court import RULES
from games.rules import OVER

SCORES = Case(
    Question(
        "tables", "More than one house of the north has a score above 20.",
        ("A, north", "B, north", "C, north", "D, south"), ("10", "20", "30", "40"), "bounds",
        Total((1, 1, 1, 0), (0, 0, 1, 1), 1),
    ),
    (3, 0, 2, 3), (frozenset({0, 1}), frozenset({0, 2})),
)  # fmt: skip
ROADS = Case(
    Question("graphs", "Roads lead from A to C.", ("A-B", "B-C", "A-C"), ("open", "closed"), "words",
             AnyOf(((0, 1), (2,)), 3)),
    (0, 0, 1), (frozenset({0}), frozenset({2})),
)  # fmt: skip


def claim(statement: str, *rows: int) -> Act:
    return Act("claim", statement, tuple(row - 1 for row in rows))


def challenge(number: int, row: int) -> Act:
    return Act("challenge", "", (row - 1,), number)


def chance_player(_: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    return rng.choice(legal)


PLAYERS = {**SCRIPTS, "random": chance_player}


def match(seed: int, pro: str, con: str, variant: str = "standard", former: int | None = None) -> Verdict:
    """The verdict on the case of `seed`, or on the proposition of `former` argued again."""
    state = RULES.start(seed, variant) if former is None else RULES.again(seed, former, variant)
    rng = random.Random(seed)
    while state.seat != OVER:
        view = json.loads(state.view(state.seat, "json"))
        state.play(PLAYERS[(pro, con)[state.seat]](view, state.legal(), rng))
    assert state.verdict
    return state.verdict


def pair(number: int, first: str, second: str) -> float:
    """What the first player scores over one proposition argued twice, once on each side, as in a rated match."""
    again = match(2 * number + 1, second, first, former=2 * number)
    return match(2 * number, first, second).scores[0] + again.scores[1]
