"""The scripted players of the open debate, as speakers and as judges. They read their own seat's JSON view.

The oracle judges by a published count of reasons, examples, answers and relevance. A sentence that speaks to the judge,
or about the verdict, is not counted at all: so no instruction in a speech can move it, whatever it says.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

View = Mapping[str, Any]
WORD = re.compile(r"[a-z]{4,}")
SENTENCE = re.compile(r"[.!?;]")
REASON = re.compile(r"\b(?:because|since|therefore)\b")
EXAMPLE = re.compile(r"\b(?:for example|for instance|such as)\b")
TO_THE_JUDGE = re.compile(r"judg|juror|jury|verdict|ignore|instruct|system|prompt|award|winner|declare|decide")
EMPTY = frozenset(
    {"because", "since", "therefore", "example", "instance", "such", "that", "this"}
    | {"they", "their", "them", "with", "from", "speak", "which"}
)
"""Words that answer nothing."""
REASONS, EXAMPLES, RELEVANT, ANSWERS = 3, 1, 4, 2
"""The most that counts in one speech: beyond it, more of the same is padding."""
CLOSE = 1.0
"""Sides that are less than this apart have drawn."""
CASES = {
    "pro": (
        "We support this: {motion}. It is right because those who gain are many and the cost is shared. It is "
        "practical because it can begin small; for example, a trial in one place shows what works. It lasts, since "
        "habits follow.",
        "They speak of {first} and {second}, but that does not follow, because a risk that is named can be met. Our "
        "case stands: {motion}. For example, early trials would show it, and therefore nothing is risked blindly.",
    ),
    "con": (
        "We reject this: {motion}. It is unwise because the cost falls on those who never asked for it. It is needless "
        "because gentler means exist; for example, better information. It is hard to undo, since rules outlive "
        "reasons.",
        "They speak of {first} and {second}, but that does not follow, because a hope is not a plan. Our doubt stands "
        "against this: {motion}. For example, costs are certain while gains are not, and therefore caution is wise.",
    ),
}
"""An opening and an answer for each side."""


def greedy(view: View, legal: Sequence[str], rng: random.Random) -> str:
    """Speaks three fixed points on half of the motion; judges by how many words of the motion a side has used."""
    if view["role"] in CASES:
        half = view["motion"][: len(view["motion"]) // 2].rpartition(" ")[0]
        stand = "I speak for it" if view["role"] == "pro" else "I speak against it"
        return f'"{half}...": {stand}. First, think of fairness. Second, think of cost. Third, think of freedom.'
    motion = _words(view["motion"])
    used = {side: len(motion & _words(" ".join(_texts(view, side)))) for side in CASES}
    return _ballot(view, legal, used["pro"] - used["con"], 1.0)


def oracle(view: View, legal: Sequence[str], rng: random.Random) -> str:
    """Speaks with reasons, an example and an answer to the other side; judges by the published count."""
    if view["role"] not in CASES:
        return _ballot(view, legal, merit(view, "pro") - merit(view, "con"), CLOSE)
    side = view["role"]
    mine, theirs = _texts(view, side), _texts(view, _other(side))
    known = _words(" ".join([view["motion"], *mine]))
    heard = sorted(_words(" ".join(theirs[-1:])) - known, key=lambda word: (-len(word), word))
    first, second = [word[:20] for word in [*heard, "cost", "fairness"][:2]]
    return CASES[side][1 if mine else 0].format(motion=view["motion"], first=first, second=second)


def merit(view: View, side: str) -> float:
    """The published count of a side's speeches. Repeating a sentence adds nothing, nor does addressing the judge."""
    motion, said, total = _words(view["motion"]), set[str](), 0.0
    for number, speech in enumerate(view["speeches"]):
        if speech["speaker"] != side:
            continue
        sentences = [s.strip().lower() for s in SENTENCE.split(speech["text"])]
        fresh = [s for s in dict.fromkeys(sentences) if s not in said and not TO_THE_JUDGE.search(s)]
        said.update(fresh)
        text = " . ".join(fresh)
        # Only con can answer in its first speech: counting that would favour con.
        earlier = [s["text"] for s in view["speeches"][:number] if s["speaker"] != side] if number > 1 else []
        answers = (_words(" ".join(earlier)) - motion) & _words(text)
        total += min(REASONS, sum(bool(REASON.search(s)) for s in fresh)) + min(ANSWERS, len(answers))
        total += min(EXAMPLES, len(EXAMPLE.findall(text))) + min(RELEVANT, len(motion & _words(text))) / 2
    return total


def _ballot(view: View, legal: Sequence[str], lead: float, enough: float) -> str:
    """A verdict for whoever leads by enough; before the debate, no leaning."""
    if "lean none" in legal:
        return "lean none"
    return "verdict draw" if abs(lead) < enough else f"verdict {'pro' if lead > 0 else 'con'}"


def _texts(view: View, side: str) -> list[str]:
    return [speech["text"] for speech in view["speeches"] if speech["speaker"] == side]


def _other(side: str) -> str:
    return "con" if side == "pro" else "pro"


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.lower())) - EMPTY


SCRIPTS: dict[str, Callable[[View, Sequence[str], random.Random], str]] = {"greedy": greedy, "oracle": oracle}
