"""Twenty questions as a race: each seat has a secret word of its own to find, and the rules answer from a table."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arena.core.chance import Chance
from games.halving import bit, bits, hardness, later, pace
from games.rules import OVER, Facts, Format, Rules, State, TextState, Variant
from games.words import ATTRIBUTES, having, table

FACTS = Facts(
    name="twenty_questions",
    title="Twenty questions",
    family="text",
    chance=True,
    hidden=True,
    payoff="zero_sum",
    rated=Format(rounds=5),
    oracle="own",
    perfect_recall=frozenset({"prose", "compact", "json", "list"}),
    more_views=("list",),
    text=True,
    scripts=frozenset({"greedy", "oracle"}),
    how_to_play=(
        "Each of two players has a secret word to find: two different common nouns of one word list, equally hard to "
        "find by halving the list. In turn, you either `ask` whether your word has an attribute (`ask animal`), which "
        "is answered with yes or no, or `guess` it (`guess violin`: one word of 2 to 20 small letters, in the "
        "singular). Both players see all questions and answers. Who finds the own word in fewer turns wins; if the "
        "first player finds it, the second still has the turn to draw level. Equally many, or no word found in 10 "
        "turns each, is a draw. The attributes: "
        + "; ".join(f"{name} ({meaning})" for name, (meaning, _) in ATTRIBUTES.items())
        + "."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=20, parameters={"words": "standard"}),
        "other_words": Variant(utility=(-1, 1), max_plies=20, split="heldout", parameters={"words": "held_out"}),
    },
)
GUESSES = 16
"""Most guesses that are offered; any word may be guessed."""
WORD = re.compile(r"guess [a-z]{2,20}", re.ASCII)

Trail = Sequence[tuple[str, str]]
"""One seat's moves with their answers: yes or no, right or wrong."""


class TwentyQuestions(TextState):
    """One race. Moves alternate: those at even places are of seat 0."""

    __slots__ = ("played", "secrets")

    def __init__(self, rules: Rules, variant: str, secrets: Sequence[str], played: Sequence[str]) -> None:
        self.rules, self.variant = rules, variant
        self.secrets, self.played = tuple(secrets), list(played)
        self._settle()

    @property
    def words(self) -> str:
        """Name of the word list."""
        return str(self.rules.facts.variants[self.variant].parameters["words"])

    def _settle(self) -> None:
        turns = len(self.played)
        over = turns == self.rules.facts.variants[self.variant].max_plies or (turns % 2 == 0 and any(self.found()))
        self.turn(OVER if over else turns % 2, () if over else offers(self.words, self.trail(turns % 2)))

    def found(self) -> tuple[bool, bool]:
        """Which seats have found their words."""
        first, second = (f"guess {secret}" in self.played[seat::2] for seat, secret in enumerate(self.secrets))
        return first, second

    def trail(self, seat: int) -> Trail:
        """The moves of one seat with their answers, which both seats see."""
        secret = self.secrets[seat]
        return [(move, _answer(table(self.words)[secret], secret, move)) for move in self.played[seat::2]]

    def accepts(self, action: str) -> bool:
        if self.seat == OVER:
            return False
        kind, _, what = action.partition(" ")
        return (kind == "ask" and what in ATTRIBUTES) or WORD.fullmatch(action) is not None

    def play(self, action: str) -> None:
        self.played.append(action)
        self._settle()

    def returns(self) -> list[float]:
        first, second = self.found()
        won = float(first - second) if self.seat == OVER else 0.0
        return [won, 0.0 - won]

    def moves(self) -> list[str]:
        return list(self.played)

    def key(self) -> str:
        return f"{self.secrets} {self.played}"

    def clone(self) -> "TwentyQuestions":
        return TwentyQuestions(self.rules, self.variant, self.secrets, self.played)

    def determinize(self, seat: int, rng: Chance) -> "TwentyQuestions":
        if self.seat == OVER:
            return self.clone()
        return TwentyQuestions(self.rules, self.variant, self._any_secrets(rng), self.played)

    def _any_secrets(self, rng: Chance) -> tuple[str, str]:
        """Two different words, equally hard, that fit all answers so far; each such pair with equal probability."""
        names = list(table(self.words))
        mine, theirs = ([names[i] for i in bits(left(self.words, self.trail(seat)))] for seat in range(2))
        by_hardness = {hard: [w for w in theirs if hardness(self.words)[w] == hard] for hard in range(20)}
        weights = [len(by_hardness[hardness(self.words)[word]]) for word in mine]
        while True:
            at = rng.below(sum(weights))
            for first, weight in zip(mine, weights, strict=True):
                if at < weight:
                    second = by_hardness[hardness(self.words)[first]][at]
                    if first != second:
                        return first, second
                    break
                at -= weight

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        over = self.seat == OVER
        mine, theirs = self.trail(seat), self.trail(1 - seat)
        if name == "json":
            return json.dumps(
                {
                    "you": seat + 1,
                    "words": self.words,
                    "turns": self.rules.facts.variants[self.variant].max_plies // 2,
                    "yours": mine,
                    "theirs": theirs,
                    "secrets": self.secrets if over else None,
                    "scores": self.returns() if over else None,
                }
            )
        if name == "compact":
            ending = f" | {'/'.join(self.secrets)} {self.returns()[seat]:+g}" if over else ""
            return f"{seat + 1} {_short(mine)} | {_short(theirs)}{ending}"
        if name == "list":
            lines = [f"- you {move}: {said}" for move, said in mine] + [f"- other {m}: {said}" for m, said in theirs]
            return "\n".join([f"Player {seat + 1}", *lines, *self._ending(seat)])
        return "\n".join(self._told(seat, mine, theirs))

    def _told(self, seat: int, mine: Trail, theirs: Trail) -> Iterator[str]:
        yield f"Twenty questions. You are player {seat + 1} of 2; find your secret word before the other finds theirs."
        yield f"You: {_long(mine)}."
        yield f"The other: {_long(theirs)}."
        if self.seat == seat:
            turns = self.rules.facts.variants[self.variant].max_plies // 2
            last = " The other has found the word: you draw if you guess yours now." if any(self.found()) else ""
            yield f"Your turn {len(mine) + 1} of {turns}.{last}"
        yield from self._ending(seat)

    def _ending(self, seat: int) -> Iterator[str]:
        if self.seat == OVER:
            yield f"Your word was {self.secrets[seat]}, the other's {self.secrets[1 - seat]}."
            yield f"The round is over; your score: {self.returns()[seat]:+g}."


class _Rules(Rules):
    facts = FACTS

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        self.check_variant(variant)
        return ()

    def start(self, seed: int, variant: str = "standard") -> TwentyQuestions:
        words = str(self.check_variant(variant).parameters["words"])
        # Any two words make a state, of which a fair pair is then drawn.
        return TwentyQuestions(self, variant, tuple(table(words))[:2], []).determinize(0, Chance(seed))

    def action_values(self, state: State) -> dict[str, float]:
        """Chances to win less those to lose if, from the next turn on, both halve what is left and then guess.

        The two words are taken as independent, although they are equally hard.
        """
        return worths(json.loads(state.view(state.seat, "json")), state.legal())


def worths(view: Mapping[str, Any], legal: Sequence[str]) -> dict[str, float]:
    """`action_values`, from what a seat knows."""
    words, mine, theirs = str(view["words"]), left(view["words"], view["yours"]), left(view["words"], view["theirs"])
    turns = view["turns"] - len(view["yours"])
    if any(said == "right" for _, said in view["theirs"]):
        other = Counter({1: 1})
    else:
        # The second player's turn is answered by the first player's next one.
        other = later(pace(words, theirs), view["you"] - 1)
    return {move: _lead(_after(words, mine, move), other, turns) for move in legal}


def _after(words: str, mask: int, move: str) -> Counter[int]:
    """How often the word is found in which turn, counted from this one, if `move` is made now and halving follows."""
    kind, what = move.split()
    if kind == "ask":
        has = having(words, what)
        return later(pace(words, mask & has) + pace(words, mask & ~has), 1)
    word = bit(words, what) & mask
    return later(pace(words, mask & ~word), 1) + Counter({1: word.bit_count()})


def _lead(mine: Counter[int], other: Counter[int], turns: int) -> float:
    """The probability that `mine` comes first less that it comes last; after `turns`, nothing comes."""
    lead = 0
    for first, often in mine.items():
        for second, times in other.items():
            a, b = min(first, turns + 1), min(second, turns + 1)
            lead += often * times * ((a < b) - (a > b))
    return lead / (mine.total() * other.total())


def left(words: str, trail: Trail) -> int:
    """The words that fit the answers, as a bit mask."""
    mask = (1 << len(table(words))) - 1
    for move, said in trail:
        kind, what = move.split()
        has = having(words, what) if kind == "ask" else bit(words, what)
        mask &= has if said in {"yes", "right"} else ~has
    return mask


def offers(words: str, trail: Trail) -> list[str]:
    """Every attribute not asked for yet, and the first words of those that fit the answers."""
    names, moves = list(table(words)), {move for move, _ in trail}
    fitting = [names[i] for i in bits(left(words, trail))][:GUESSES]
    asks = [f"ask {name}" for name in ATTRIBUTES if f"ask {name}" not in moves]
    return asks + [f"guess {word}" for word in fitting]


def _answer(attributes: frozenset[str], secret: str, move: str) -> str:
    kind, what = move.split()
    if kind == "ask":
        return "yes" if what in attributes else "no"
    return "right" if what == secret else "wrong"


def _short(trail: Trail) -> str:
    marks = {"yes": "+", "no": "-", "right": "!", "wrong": "?"}
    return " ".join(marks[said] + move.split()[1] for move, said in trail) or "."


def _long(trail: Trail) -> str:
    return ", ".join(f"{move} {said}" for move, said in trail) or "nothing yet"


def _greedy(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Asks the attributes in their order, those that can still tell words apart, and guesses among three words."""
    mask = left(view["words"], view["yours"])
    asks = [move for move in legal if move.startswith("ask")]
    telling = [move for move in asks if 0 < (mask & having(view["words"], move[4:])).bit_count() < mask.bit_count()]
    return telling[0] if telling and mask.bit_count() > 3 else next(m for m in legal if m.startswith("guess"))


def _oracle(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """The move of highest worth; of equal ones, the first."""
    found = worths(view, legal)
    return max(legal, key=lambda move: round(found[move], 9))


RULES = _Rules()
RULES.scripts = {"greedy": _greedy, "oracle": _oracle}
