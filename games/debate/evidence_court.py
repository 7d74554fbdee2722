"""Evidence Court: two sides argue a proposition from records that each knows in part, before a judge that is a program.

The parts stand in `games.court`: packs draw questions, the judge rules on acts and never reads free text.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from arena.core.chance import Chance
from games.court import views
from games.court.case import Case, Question, deal, redeal
from games.court.judge import Verdict, judge
from games.court.knowledge import Knowledge
from games.court.moves import TURNS, Entry, read
from games.court.offers import offers
from games.court.packs import arithmetic, graphs, passages, schedules, tables
from games.court.scripts import SCRIPTS
from games.rules import OVER, Facts, Format, Rules, State, TextState, Variant

PACKS: Mapping[str, Callable[[Chance], Question]] = {
    "tables": tables.draw,
    "arithmetic": arithmetic.draw,
    "graphs": graphs.draw,
    "passages": passages.draw,
    "schedules": schedules.draw,
}
MIX = ("tables", "arithmetic", "graphs", "passages")
BOUND = 2.5
"""The most a side can score: the whole case, and three false claims of the other's, each caught."""
SHOW: Mapping[str, Callable[[views.Scene], str]] = {
    "prose": views.prose, "compact": views.compact, "json": views.as_json, "transcript": views.transcript,
}  # fmt: skip

HOW_TO_PLAY = """\
Two sides argue a proposition about a set of records (R1, R2, ...) before a judge that is a program. `pro` wants it
believed, `con` disbelieved. The game tells what each record is about, but its value is hidden: every value of the list
given is equally likely, independently of the others. Each side may read some of the records (with n records, n/4
rounded down are readable to both sides, and n/3 rounded down more to each side alone; which, it is not told). The sides
move in turn, pro first, three moves each. Every move is on one line and in exactly this spelling:
- `claim STATEMENT with RECORDS`: states the same of one, two or three records, named in ascending order and joined by
  commas without blanks: `claim >=60 with R2,R7`. What a statement may be depends on the case: for numbers `=V`, `>=V`
  or `<=V`, where V is one of the listed values; for words one of the listed values: `claim open with R3`; for passages
  words in double quotes (3 to 80 characters) that stand in every record cited: `claim "at the mill" with R4`. A record
  need not be yours to read: one may guess, or lie.
- `challenge N with RECORD`: says that move number N, a claim of the other side's that you have not challenged yet, is
  false of RECORD, one of those that it cites: `challenge 1 with R7`.
- `concede`: ends the case. You score -1 and the other side +1, whatever was said before.
- `pass`: says nothing.
After any of these may stand ` | ` and up to 300 characters of free text (500 for the whole line). The other side reads
it; the judge never does.
A rated match argues one proposition twice, with the sides swapped, the second time about other values.
After the last move the judge looks every cited record up and rules. A claim that is true of all its records is
established; one that is not is void, and false. A challenge whose record does show the claim to be false is good: it
establishes that record's value, and the claim counts as false twice. Any other challenge is bad. With p the probability
that the proposition is true given what is established, and nothing else, pro scores
(2p - 1) - 1/4 (pro's false claims - con's) - 1/8 (pro's bad challenges - con's), rounded to 1/1024; under 1/32 either
way it is a draw, 0. Con scores the negative. Nothing is told of what the judge finds until then; with the verdict, all
records are opened."""


class Court(TextState):
    """One case. The verdict is found once, at the end; until then every score is zero."""

    def __init__(self, rules: Rules, variant: str, case: Case, record: Sequence[Entry] = ()) -> None:
        self.rules, self.variant, self.case, self.record = rules, variant, case, tuple(record)
        self._turn()

    def _turn(self) -> None:
        self.verdict: Verdict | None = None
        if len(self.record) == 2 * TURNS or (self.record and self.record[-1].act.kind == "concede"):
            self.verdict = judge(self.case, [(entry.seat, entry.act) for entry in self.record])
            self.turn(OVER, ())
            return
        mover = len(self.record) % 2
        self.turn(mover, [str(act) for act in offers(self.known(mover))])

    def known(self, seat: int) -> Knowledge:
        """What a seat knows before the verdict."""
        held = {row: self.case.values[row] for row in sorted(self.case.held[seat])}
        return Knowledge(self.case.question, seat, held, self.record)

    def accepts(self, action: str) -> bool:
        return self.seat != OVER and read(action, self.case.question, self.record, self.seat) is not None

    def play(self, action: str) -> None:
        entry = read(action, self.case.question, self.record, self.seat)
        assert entry is not None, action
        self.record = (*self.record, entry)
        self._turn()

    def returns(self) -> list[float]:
        return self.verdict.scores if self.verdict else [0.0, 0.0]

    def moves(self) -> list[str]:
        return [str(entry) for entry in self.record]

    def view(self, seat: int, name: str) -> str:
        return SHOW[self.rules.check_view(name)](views.Scene(self.case, seat, self.record, self.verdict))

    def key(self) -> str:
        case = self.case
        held = [sorted(rows) for rows in case.held]
        about = [case.question.proposition, *case.question.about]
        return json.dumps([about, case.values, held, self.moves()])

    def clone(self) -> "Court":
        copy = object.__new__(Court)
        copy.rules, copy.variant, copy.case = self.rules, self.variant, self.case
        copy.record, copy.verdict = self.record, self.verdict
        copy.seat, copy.names, copy.ids = self.seat, self.names, self.ids
        return copy

    def determinize(self, seat: int, rng: Chance) -> "Court":
        """Unread records and the other side's readings drawn anew; with the verdict nothing is hidden any more."""
        if self.seat == OVER:
            return self.clone()
        return Court(self.rules, self.variant, redeal(self.case, seat, rng), self.record)


class CourtRules(Rules):
    scripts = SCRIPTS
    facts = Facts(
        name="evidence_court", title="Evidence Court", family="debate", chance=True, hidden=True, payoff="zero_sum",
        rated=Format(rounds=2), oracle="own", perfect_recall=frozenset({"prose", "compact", "json"}),
        how_to_play=HOW_TO_PLAY, more_views=("transcript",), text=True, scripts=frozenset(SCRIPTS),
        variants={
            "standard": Variant((-BOUND, BOUND), 2 * TURNS, parameters={"packs": ",".join(MIX)}),
            "heldout": Variant((-BOUND, BOUND), 2 * TURNS, "heldout", parameters={"packs": "schedules"}),
        },
    )  # fmt: skip

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        self.check_variant(variant)
        return ()

    def action_values(self, state: State) -> dict[str, float]:
        """The score to expect of each offered act, from what the seat knows, if little is said after it.

        Claims on the record are taken at their word unless the seat can see that they are false.
        """
        assert isinstance(state, Court)
        known = state.known(state.seat)
        return {str(act): float(known.worth(act)) for act in offers(known)}

    def start(self, seed: int, variant: str = "standard") -> Court:
        chance = Chance(seed)
        return Court(self, variant, deal(self._question(chance, variant), chance))

    def again(self, seed: int, former: int, variant: str = "standard") -> Court:
        """The same proposition with the sides swapped: other values, and other records for each to read."""
        return Court(self, variant, deal(self._question(Chance(former), variant), Chance(seed)))

    def _question(self, chance: Chance, variant: str) -> Question:
        packs = str(self.check_variant(variant).parameters["packs"]).split(",")
        return PACKS[packs[chance.below(len(packs))]](chance)


RULES = CourtRules()
