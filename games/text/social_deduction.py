"""Social deduction: a small village with hidden roles, typed messages by day, sealed votes; no judge is needed.

Every living seat moves in every phase, in seat order, so that whose turn it is tells nobody who holds which role.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence

from arena.core.chance import Chance
from games.deduction.players import SCRIPTS, assignments
from games.rules import OVER, Facts, Format, Rules, State, TextState, Variant

FACTS = Facts(
    name="social_deduction",
    title="Social deduction",
    family="text",
    chance=True,
    hidden=True,
    payoff="zero_sum",
    rated=Format(rounds=5),
    oracle="own",
    perfect_recall=frozenset({"prose", "compact", "json", "events"}),
    how_to_play=(
        "A village with secret roles: in the standard game one wolf, one seer and three villagers; with seven seats "
        "two wolves, one seer and four villagers. Wolves know each other. The wolves' team wins as soon as the living "
        "wolves are at least as many as the other living seats; all others win together when the last wolf is out. "
        "The dead share in their team's result. A wolf alone scores 4 or -4, and each of the other four seats -1 or 1; "
        "with seven seats each wolf 7.5 or -7.5, and each other seat -3 or 3. You never inspect, kill or vote for "
        "yourself.\n"
        "Nights and days alternate, beginning with night 1. In each phase every living seat moves once, in seat order "
        "(by day twice). By night the seer plays `inspect N` and learns at once whether seat N is a wolf; from night 2 "
        "each wolf plays `kill N`, wolves see each other's choice, and the last one named dies; everyone else plays "
        "`sleep`. By day there are two turns of talk: `accuse N`, `trust N`, `claim villager`, `claim seer`, "
        "`claim seer N wolf`, `claim seer N good` or `silent`. Any of them may be false, and may be followed by ` | ` "
        "and a message of up to 300 printable characters (900 as escaped JSON) on one line. Then every living seat "
        "plays `vote N` or `vote none`; "
        "votes stay sealed until all have voted. Whoever has more votes than any other seat, and than `none`, is out; "
        "in a tie nobody is. The role of whoever dies or is voted out is shown to all."
    ),
    variants={
        "standard": Variant(utility=(-4, 4), max_plies=53, seats=5, parameters={"wolves": 1}),
        "seven_seats": Variant(
            utility=(-7.5, 7.5), max_plies=90, split="heldout", seats=7, solved=False, parameters={"wolves": 2}
        ),
    },
    more_views=("events",),
    text=True,
    scripts=frozenset({"greedy", "oracle"}),
)
STAKES = {5: (4.0, 1.0), 7: (7.5, 3.0)}
"""What one wolf, and each other seat, wins or loses: the seats' scores sum to zero, and a forfeit splits evenly."""
TALKS = 2
LONGEST = 300
ESCAPED = 900
"""Longest message, and longest once escaped: what all say in a round must fit one observation."""
BAR = " | "
RULES_SAY = -1
WORLDS = 6
Event = tuple[str, int, str, str]
"""When, which seat (`RULES_SAY` for what the rules announce), the move, and the message or result."""


class Village(TextState):
    """One village. It is a function of its roles and of the moves played."""

    __slots__ = ("alive", "day", "events", "phase", "played", "queue", "roles", "victims")

    def __init__(self, rules: Rules, variant: str, roles: tuple[str, ...]) -> None:
        self.rules, self.variant, self.roles = rules, variant, roles
        self.alive, self.day = list(range(len(roles))), 1
        self.played: list[str] = []
        self.events: list[Event] = []
        self.victims: dict[int, int] = {}
        self._open("night")

    def _open(self, phase: str) -> None:
        self.phase, self.queue = phase, self.alive * (TALKS if phase == "day" else 1)
        self._ask()

    def _ask(self) -> None:
        seat = self.queue[0]
        others = [s + 1 for s in self.alive if s != seat]
        if self.phase == "vote":
            self.turn(seat, [*(f"vote {n}" for n in others), "vote none"])
        elif self.phase == "day":
            typed = [f"{verb} {n}" for verb in ("accuse", "trust") for n in others]
            claims = [f"claim seer {n} {what}" for n in others for what in ("wolf", "good")]
            self.turn(seat, [*typed, "claim villager", "claim seer", *claims, "silent"])
        elif self.roles[seat] == "seer":
            self.turn(seat, [f"inspect {n}" for n in others])
        elif self.roles[seat] == "wolf" and self.day > 1:
            self.turn(seat, [f"kill {n}" for n in others if self.roles[n - 1] != "wolf"])
        else:
            self.turn(seat, ["sleep"])

    def accepts(self, action: str) -> bool:
        if len(action) > LONGEST + 60 or self.seat == OVER:
            return False
        move, bar, text = action.partition(BAR)
        said = not bar or (self.phase == "day" and text == text.strip() and 0 < len(text) <= LONGEST)
        return move in self.ids and said and action.isprintable() and len(json.dumps(text)) <= ESCAPED

    def play(self, action: str) -> None:
        self.played.append(action)
        move, _, text = action.partition(BAR)
        if move.startswith("inspect"):
            text = "wolf" if self.roles[int(move.split()[1]) - 1] == "wolf" else "not a wolf"
        if move != "sleep":
            self.events.append((f"{self.phase} {self.day}", self.seat, move, text))
        self.queue = self.queue[1:]
        if self.queue:
            self._ask()
        else:
            self._close()

    def _close(self) -> None:
        now = [move.split() for when, _, move, _ in self.events if when == f"{self.phase} {self.day}"]
        if self.phase == "day":
            self._open("vote")
        elif self.phase == "night":
            kills = [words[1] for words in now if words[0] == "kill"]
            self._remove(kills[-1] if kills else "none", "dies", "day")
        else:
            (first, most), *rest = [*Counter(words[1] for words in now).most_common(2), ("none", 0)]
            self._remove("none" if most == rest[0][1] else first, "is out", "night")

    def _remove(self, who: str, how: str, then: str) -> None:
        if who != "none":
            seat = int(who) - 1
            self.alive = [s for s in self.alive if s != seat]
            self.victims[self.day] = seat if how == "dies" else self.victims.get(self.day, OVER)
            self.events.append((f"{self.phase} {self.day}", RULES_SAY, f"seat {who} {how}", self.roles[seat]))
        else:
            self.events.append((f"{self.phase} {self.day}", RULES_SAY, f"nobody {how}", ""))
        self.day += then == "night"
        if 0 < 2 * self._wolves() < len(self.alive):
            self._open(then)
        else:
            self.phase = "over"
            self.turn(OVER, ())

    def _wolves(self) -> int:
        return sum(self.roles[s] == "wolf" for s in self.alive)

    def returns(self) -> list[float]:
        if self.seat != OVER:
            return [0.0] * len(self.roles)
        wolf, other = STAKES[len(self.roles)]
        sign = 1.0 if self._wolves() else -1.0
        return [sign * wolf if role == "wolf" else -sign * other for role in self.roles]

    def moves(self) -> list[str]:
        return list(self.played)

    def key(self) -> str:
        return " ".join(["".join(role[0] for role in self.roles), *map(_code, self.played)])

    def clone(self) -> "Village":
        return self._replay(self.roles, self.played)

    def _replay(self, roles: tuple[str, ...], played: Sequence[str]) -> "Village":
        copy = Village(self.rules, self.variant, roles)
        for action in played:
            copy.play(action)
        return copy

    def determinize(self, seat: int, rng: Chance) -> "Village":
        """Roles drawn evenly from those that fit what the seat knows; then each move it has not seen, evenly."""
        fits = [roles for roles in assignments(tuple(sorted(self.roles))) if self._fits(roles, seat)]
        other = Village(self.rules, self.variant, fits[rng.below(len(fits))])
        for action in self.played:
            other.play(action if self._saw(other, seat) else self._draw(other, rng))
        return other

    def _saw(self, then: "Village", seat: int) -> bool:
        """Whether the seat knows by now what was played at the position `then`."""
        pack = self.roles[seat] == "wolf" == self.roles[then.seat]
        closed = (then.phase, then.day) != (self.phase, self.day)
        return then.phase == "day" or then.seat == seat or (closed if then.phase == "vote" else pack)

    def _draw(self, other: "Village", rng: Chance) -> str:
        last = not any(other.roles[s] == "wolf" for s in other.queue[1:])
        killed = f"kill {self.victims.get(other.day, OVER) + 1}"
        if other.phase == "night" and last and killed in other.ids and self._night_is_over(other.day):
            return killed
        return other.names[rng.below(len(other.names))]

    def _night_is_over(self, night: int) -> bool:
        return (self.phase, self.day) != ("night", night)

    def _fits(self, roles: tuple[str, ...], seat: int) -> bool:
        found = ((roles[int(m.split()[1]) - 1] == "wolf") == (t == "wolf") for m, t in self._inspected(seat))
        return all(roles[s] == role for s, role in self._known(seat).items()) and all(found)

    def _inspected(self, seat: int) -> list[tuple[str, str]]:
        return [(move, text) for _, who, move, text in self.events if who == seat and move.startswith("inspect")]

    def _known(self, seat: int) -> dict[int, str]:
        """The roles that a seat is told: its own, the dead's, a wolf its pack's; all once it is over."""
        pack = self.roles[seat] == "wolf"
        return {
            s: role
            for s, role in enumerate(self.roles)
            if self.seat == OVER or s == seat or s not in self.alive or (pack and role == "wolf")
        }

    def _seen(self, seat: int) -> list[Event]:
        return [event for event in self.events if self._may_see(event, seat)]

    def _may_see(self, event: Event, seat: int) -> bool:
        when, who, move, _ = event
        if who in (RULES_SAY, seat) or when.startswith("day"):
            return True
        if when.startswith("vote"):
            return when != f"{self.phase} {self.day}"
        return move.startswith("kill") and self.roles[seat] == "wolf"

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        seen, known = self._seen(seat), {str(s + 1): role for s, role in self._known(seat).items()}
        turn = None if self.seat == OVER else self.seat + 1
        scores = self.returns() if self.seat == OVER else None
        if name == "json":
            told = {"seat": seat + 1, "role": self.roles[seat], "roles": known, "deck": sorted(self.roles)}
            told |= {"alive": [s + 1 for s in self.alive], "phase": self.phase, "day": self.day, "turn": turn}
            return json.dumps({**told, "events": [[w, s + 1, m, t] for w, s, m, t in seen], "scores": scores})
        who, alive = f"{seat + 1} {self.roles[seat]}", ",".join(str(s + 1) for s in self.alive)
        end = f"{self.phase} {self.day}, turn of seat {turn}" if scores is None else f"over, scores {scores}"
        roles = ", ".join(f"{s} {role}" for s, role in known.items())
        if name == "prose":
            told = "".join(_sentence(event) for event in seen)
            return f"Social deduction. You are seat {who}. Roles you know: {roles}.\n{told}Living: {alive}. Now: {end}."
        if name == "compact":
            return f"{who} | {'; '.join(_line(event, ' ') for event in seen)} | {alive} | {roles} | {end}"
        return "\n".join([f"you: {who}", *(_line(event, ": ") for event in seen), f"roles: {roles}", f"now: {end}"])


class _Rules(Rules):
    facts = FACTS
    scripts = SCRIPTS

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        return ()

    def start(self, seed: int, variant: str = "standard") -> Village:
        facts = self.check_variant(variant)
        wolves = int(facts.parameters["wolves"])
        deck = ("seer",) + ("villager",) * (facts.seats - wolves - 1) + ("wolf",) * wolves
        found = assignments(deck)
        return Village(self, variant, found[Chance(seed).below(len(found))])

    def action_values(self, state: State) -> dict[str, float]:
        """Mean scores of play-outs by the oracle script in worlds that the seat cannot tell from the true one."""
        rng, sums = Chance(0), dict.fromkeys(state.legal(), 0.0)
        for _ in range(WORLDS):
            world, luck = state.determinize(state.seat, rng), rng.word()
            for action in sums:
                sums[action] += _play_out(world.clone(), action, random.Random(luck))[state.seat]
        return {action: total / WORLDS for action, total in sums.items()}


def _code(action: str) -> str:
    """A move as the first letters of its words; within one phase no two are alike."""
    move, _, text = action.partition(BAR)
    return "".join(word[0] for word in move.split()) + (json.dumps(text) if text else "")


def _line(event: Event, gap: str) -> str:
    when, who, move, text = event
    return f"{when}{gap}{f's{who + 1} ' if who >= 0 else ''}{move}{' ' + json.dumps(text) if text else ''}"


def _sentence(event: Event) -> str:
    when, who, move, text = event
    told = f": {json.dumps(text)}" if text else ""
    return f"{when.capitalize()}: {move if who == RULES_SAY else f'seat {who + 1} plays `{move}`'}{told}.\n"


def _play_out(state: State, action: str, rng: random.Random) -> list[float]:
    while state.seat != OVER:
        state.apply(action)
        if state.seat != OVER:
            action = SCRIPTS["oracle"](json.loads(state.view(state.seat, "json")), state.legal(), rng)
    return state.returns()


RULES = _Rules()
