"""Word clue: both seats clue one secret word to a guesser made of rules; a clue that gives it away loses."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import combinations
from typing import Any

from arena.core.chance import Chance
from games.leakage import leaks
from games.rules import OVER, Facts, Format, Rules, State, TextState, Variant
from games.words import ATTRIBUTES, having, table

FACTS = Facts(
    name="word_clue",
    title="Word clue",
    family="text",
    chance=True,
    hidden=True,
    simultaneous=True,
    payoff="zero_sum",
    rated=Format(rounds=10),
    oracle="own",
    perfect_recall=frozenset({"prose", "compact", "json", "list"}),
    more_views=("list",),
    text=True,
    scripts=frozenset({"greedy", "oracle"}),
    how_to_play=(
        "Two players see one secret word, a common noun, and a list of taboo words. Each gives one clue, without "
        "seeing the other's: 1 to 6 words with one blank between them, each of at most 30 printable characters. A "
        "guesser who knows a list of nouns reads it: a word of the clue that it understands is a claim about the "
        "secret word, `not` before it makes the claim the opposite, and all other words say nothing to it. Its "
        "doubts are the other nouns for which at least as many of the claims are true as for the secret word. Fewer "
        "doubts win; equally many, then the clue with fewer words; else it is a draw. A clue that gives away the "
        "secret word or a taboo word loses to one that does not: as it stands, as a part, in look-alike letters, "
        "spaced out, with digits for letters, "
        "backwards, in base64 or as first or last letters of words. What the guesser understands: "
        + "; ".join(f"{cues.replace(' ', ', ')} ({meaning})" for meaning, cues in ATTRIBUTES.values())
        + "."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=2, parameters={"words": "standard"}),
        "other_words": Variant(utility=(-1, 1), max_plies=2, split="heldout", parameters={"words": "held_out"}),
    },
)
SEATS = 2
TABOO = 2
"""How many of the secret word's attributes are taboo, with all the words that mean them."""
KNOWN = 4
"""Attributes of a word that may be secret, at the least."""
WORDS, LETTERS = 6, 30
CUES = {cue: name for name, (_, cues) in ATTRIBUTES.items() for cue in cues.split()}

Task = tuple[str, str, tuple[str, ...]]
"""The word list, the secret word, its taboo attributes."""
Judged = tuple[bool, int, int]
"""Whether a clue leaks, its doubts, its words: the less the better."""


class WordClue(TextState):
    """One word. Clues are sealed until both are given."""

    __slots__ = ("clues", "task")

    def __init__(self, rules: Rules, variant: str, task: Task, clues: Sequence[str]) -> None:
        self.rules, self.variant = rules, variant
        self.task, self.clues = task, list(clues)
        self._settle()

    def _settle(self) -> None:
        given = len(self.clues)
        self.turn(OVER if given == SEATS else given, () if given == SEATS else offers(self.task))

    def accepts(self, action: str) -> bool:
        words = action.split(" ") if len(action) <= WORDS * (LETTERS + 1) else []
        return self.seat != OVER and 0 < len(words) <= WORDS and all(map(_typed, words))

    def play(self, action: str) -> None:
        self.clues.append(action)
        self._settle()

    def returns(self) -> list[float]:
        if self.seat != OVER:
            return [0.0] * SEATS
        first, second = (judged(self.task, clue) for clue in self.clues)
        won = 0.0 if first[0] and second[0] else float((first < second) - (first > second))
        return [won, 0.0 - won]

    def moves(self) -> list[str]:
        return list(self.clues)

    def key(self) -> str:
        return f"{self.task} {self.clues}"

    def clone(self) -> "WordClue":
        return WordClue(self.rules, self.variant, self.task, self.clues)

    def determinize(self, seat: int, rng: Chance) -> "WordClue":
        copy = self.clone()
        if self.seat != OVER:
            copy.clues = [clue if i == seat else _any_clue(self.task, rng) for i, clue in enumerate(self.clues)]
        return copy

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        if name == "json":
            return json.dumps(known)
        if name == "compact":
            said = json.dumps([e["clue"] for e in known["clues"]])
            scores = f" {'/'.join(f'{s:+g}' for s in known['scores'])}" if known["scores"] else ""
            return f"{seat + 1} {known['secret']} taboo {' '.join(known['taboo'])}: {said}{scores}"
        return "\n".join(self._listed(known) if name == "list" else self._told(known))

    def _known(self, seat: int) -> dict[str, Any]:
        over = self.seat == OVER
        shown = [clue if over or i == seat else None for i, clue in enumerate(self.clues)]
        return {
            "you": seat + 1,
            "words": self.task[0],
            "secret": self.task[1],
            "taboo": taboo_words(self.task),
            "clues": [self._envelope(i, clue, judge=over) for i, clue in enumerate(shown)],
            "scores": self.returns() if over else None,
        }

    def _envelope(self, seat: int, clue: str | None, *, judge: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"player": seat + 1, "clue": clue}
        if judge and clue is not None:
            told |= {"leak": leak(self.task, clue), "doubts": judged(self.task, clue)[1]}
        return told

    def _told(self, known: dict[str, Any]) -> Iterator[str]:
        yield f"Word clue. You are player {known['you']} of 2."
        yield f"The secret word: {known['secret']}. Taboo: {', '.join(known['taboo'])}."
        yield from (json.dumps(said) for said in known["clues"])
        if known["scores"]:
            yield f"The round is over; scores: {', '.join(f'{s:+g}' for s in known['scores'])}."
        elif self.seat + 1 == known["you"]:
            yield "Give your clue: 1 to 6 words."

    def _listed(self, known: dict[str, Any]) -> Iterator[str]:
        yield f"Player {known['you']}"
        yield f"- secret: {known['secret']}"
        yield from (f"- taboo: {word}" for word in known["taboo"])
        yield from (f"- clue: {json.dumps(said)}" for said in known["clues"])
        if known["scores"]:
            yield f"- scores: {', '.join(f'{s:+g}' for s in known['scores'])}"


class _Rules(Rules):
    facts = FACTS

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        self.check_variant(variant)
        return ()

    def start(self, seed: int, variant: str = "standard") -> WordClue:
        words, chance = str(self.check_variant(variant).parameters["words"]), Chance(seed)
        known = [word for word, has in table(words).items() if len(has) >= KNOWN]
        secret = known[chance.below(len(known))]
        left = [name for name in ATTRIBUTES if name in table(words)[secret]]
        taboo = tuple(left.pop(chance.below(len(left))) for _ in range(TABOO))
        return WordClue(self, variant, (words, secret, taboo), [])

    def action_values(self, state: State) -> dict[str, float]:
        """Exact where the other's clue is as good as can be: the offers, and one of the best clues of all."""
        assert isinstance(state, WordClue)
        top = best(state.task)
        return {c: -float(judged(state.task, c) > judged(state.task, top)) + 0.0 for c in (*state.legal(), top)}


@lru_cache(maxsize=65_536)
def judged(task: Task, clue: str) -> Judged:
    """What decides between two clues."""
    return leak(task, clue) is not None, doubts(task, clue), len(clue.split(" "))


def leak(task: Task, clue: str) -> str | None:
    """The word that the clue gives away and the rule by which it does, if it does."""
    found = ((word, leaks(clue, word)) for word in (task[1], *taboo_words(task)))
    return next((f"{word}, {rule}" for word, rule in found if rule), None)


def doubts(task: Task, clue: str) -> int:
    """How many other words fit the claims of the clue at least as well as the secret word."""
    listed = table(task[0])
    claims = claimed(clue)
    fits = {word: sum((name in has) == true for name, true in claims) for word, has in listed.items()}
    return sum(fit >= fits[task[1]] for fit in fits.values()) - 1


def claimed(clue: str) -> set[tuple[str, bool]]:
    """What the guesser understands: attributes, and whether the word has them."""
    words = clue.lower().split(" ")
    return {(CUES[word], before != "not") for before, word in zip(["", *words], words, strict=False) if word in CUES}


def taboo_words(task: Task) -> list[str]:
    """Every word that means a taboo attribute."""
    return [cue for name in task[2] for cue in ATTRIBUTES[name][1].split()]


@cache
def offers(task: Task) -> tuple[str, ...]:
    """Clues of all qualities: each attribute that is not taboo, and the true ones by two and more."""
    words, secret, taboo = task
    free = [name for name in ATTRIBUTES if name not in taboo]
    true = [name for name in free if name in table(words)[secret]]
    more = [" ".join(some) for size in (2, 3) for some in combinations(true[:5], size)]
    return tuple(dict.fromkeys([*free, *more, " ".join(true[:WORDS])]))


@lru_cache(maxsize=256)
def best(task: Task) -> str:
    """One of the best clues, by full enumeration of true claims that do not leak."""
    words, secret, taboo = task
    names = list(table(words))
    all_of_them = (1 << len(names)) - 1
    claims = [(name, having(words, name)) for name in ATTRIBUTES if name not in taboo]
    at = names.index(secret)
    true = [(name, 1, has) if has >> at & 1 else (f"not {name}", 2, all_of_them & ~has) for name, has in claims]
    found = sorted(((mask.bit_count(), cost, clue) for mask, cost, clue in _clues(true, all_of_them, WORDS)))
    return next(clue for _, _, clue in found if leak(task, clue) is None)


def _clues(claims: Sequence[tuple[str, int, int]], mask: int, room: int) -> Iterator[tuple[int, int, str]]:
    """Every set of claims of at most `room` words: the words of the list that fit it, its length, its text."""
    for i, (text, cost, fits) in enumerate(claims):
        if cost <= room:
            yield mask & fits, cost, text
            for left, more, rest in _clues(claims[i + 1 :], mask & fits, room - cost):
                yield left, cost + more, f"{text} {rest}"


def _typed(word: str) -> bool:
    return 0 < len(word) <= LETTERS and word.isprintable()


def _any_clue(task: Task, rng: Chance) -> str:
    """A clue that the other may have given: an offer, or any words that the guesser understands."""
    if rng.below(2):
        return offers(task)[rng.below(len(offers(task)))]
    known = ["not", *CUES]
    return " ".join(known[rng.below(len(known))] for _ in range(1 + rng.below(WORDS)))


def _greedy(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Says the first three true things that are not taboo."""
    true = [n for n in ATTRIBUTES if n not in view["taboo"] and n in table(view["words"])[view["secret"]]]
    return " ".join(true[:3])


def _oracle(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """One of the best clues there are."""
    taboo = tuple(name for name in ATTRIBUTES if name in view["taboo"])
    return best((view["words"], view["secret"], taboo))


RULES = _Rules()
RULES.scripts = {"greedy": _greedy, "oracle": _oracle}
