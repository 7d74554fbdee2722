"""What one side knows: what its records say and what was said. From it come the moves offered and what they are worth.

A side takes claims at their word unless its own records, or what it took before, contradict them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from games.court.case import Question
from games.court.judge import LAMBDA, MU, narrowed
from games.court.moves import TURNS, Act, Entry
from games.court.statements import meaning

NOTHING = Act("pass")


@dataclass(frozen=True)
class Knowledge:
    question: Question
    seat: int
    held: Mapping[int, int]
    """The values of the records that this side may read."""
    record: Sequence[Entry]

    @cached_property
    def believed(self) -> list[int]:
        """What the judge will allow each record to be, if claims are as good as they look from here."""
        allowed = list(self.question.all_allowed)
        for entry in self.record:
            if entry.act.kind == "claim" and not self.is_seen_false(entry.act):
                after = narrowed(self.question, allowed, entry.act)
                allowed = after if all(after) else allowed
            elif entry.act.kind == "challenge":
                row = entry.act.rows[0]
                if row in self.held and self.is_seen_false(self.record[entry.act.number - 1].act, row):
                    allowed[row] = 1 << self.held[row]
        return allowed

    @cached_property
    def fault(self) -> Fraction:
        """What this side will pay for faults, less what the other will, as far as it can see."""
        total = Fraction(0)
        for entry in self.record:
            own = 1 if entry.seat == self.seat else -1
            if entry.act.kind == "claim" and self.is_seen_false(entry.act):
                total += own * LAMBDA
            elif entry.act.kind == "challenge":
                seen = self.is_seen_false(self.record[entry.act.number - 1].act, entry.act.rows[0])
                total += own * (-LAMBDA if seen else MU)
        return total

    def is_seen_false(self, claim: Act, row: int | None = None) -> bool:
        """Whether a record of this side's own shows a claim to be false: that row, or any."""
        rows = claim.rows if row is None else (row,)
        return any(r in self.held and not self.meaning(claim.statement) >> self.held[r] & 1 for r in rows)

    def meaning(self, statement: str) -> int:
        return meaning(self.question, statement) or 0

    def chance(self, allowed: Sequence[int]) -> Fraction:
        """How likely this side's case is to the judge."""
        probability = self.question.form.probability(tuple(allowed))
        return probability if self.seat == 0 else 1 - probability

    @cached_property
    def standing(self) -> Fraction:
        """How likely this side's case is to the judge as things stand."""
        return self.chance(self.believed)

    def if_true(self, claim: Act) -> Fraction | None:
        """How likely it will be once the claim is established; None if that cannot be."""
        if claim not in self._weighed:
            after = narrowed(self.question, self.believed, claim)
            self._weighed[claim] = self.chance(after) if all(after) else None
        return self._weighed[claim]

    @cached_property
    def _weighed(self) -> dict[Act, Fraction | None]:
        return {}

    @cached_property
    def outlook(self) -> Fraction:
        """How likely this side's case is by all its own records."""
        own = (1 << self.held[r] if r in self.held else mask for r, mask in enumerate(self.question.all_allowed))
        return self.chance(list(own))

    def worth(self, act: Act = NOTHING) -> Fraction:
        """The score to expect of an act if all that is said after it is a challenge that shows it to be false."""
        if act.kind == "concede":
            return Fraction(-1)
        if act.kind == "claim":
            return self._claim_worth(act)
        if act.kind == "challenge":
            return self._challenge_worth(act)
        return self._score(self.standing)

    def _score(self, chance: Fraction, fault: Fraction = Fraction(0)) -> Fraction:
        return 2 * chance - 1 - self.fault - fault

    def _claim_worth(self, act: Act) -> Fraction:
        true = self.if_true(act)
        if true is None or self.is_seen_false(act):
            return self._score(self.standing, LAMBDA * (2 if self._other_answers else 1))
        unread = [row for row in act.rows if row not in self.held]
        if not unread:
            return self._score(true)
        before, after = self.believed, narrowed(self.question, self.believed, act)
        likely = Fraction(1)
        for row in unread:
            likely *= Fraction(after[row].bit_count(), before[row].bit_count())
        return likely * self._score(true) + (1 - likely) * self._guess_failed(unread[0], after)

    def _guess_failed(self, row: int, after: Sequence[int]) -> Fraction:
        """The score after a false guess: caught by a side that reads the record, or merely void."""
        void = self._score(self.standing, LAMBDA)
        shown = [*self.believed]
        shown[row] &= ~after[row]
        if not shown[row] or not self._other_answers:
            return void
        caught = self._score(self.chance(shown), 2 * LAMBDA)
        return self._other_reads * caught + (1 - self._other_reads) * void

    def _challenge_worth(self, act: Act) -> Fraction:
        (row,) = act.rows
        if not self.is_seen_false(self.record[act.number - 1].act, row):
            return self._score(self.standing, MU)
        shown = [1 << self.held[r] if r == row else mask for r, mask in enumerate(self.believed)]
        return self._score(self.chance(shown), -LAMBDA)

    @cached_property
    def _other_answers(self) -> bool:
        return len(self.record) < 2 * TURNS - 1

    @cached_property
    def _other_reads(self) -> Fraction:
        """How likely the other side is to read a record that this side does not."""
        both, alone = self.question.shares
        return Fraction(alone, len(self.question.about) - both - alone)

    def unread(self) -> Iterator[int]:
        return (row for row in range(len(self.question.about)) if row not in self.held)
