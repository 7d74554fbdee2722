"""Replay verification: a report is true only if the arena's own rules, from seed and actions, give the same game hash.

It proves the rules, the score, and that the claimed clocks and counts agree with each other and with the terms of the
match; not who chose a move nor when. Evidence in, a refusal or None out; it never raises for what a report holds.
"""

from dataclasses import dataclass
from math import isclose

from arena.anticheat.echo import Echo
from arena.core.agents import RESIGN
from arena.core.wire import FAULTS, TIMER_SLACK_MS, Final, MatchReport, SeatReport, Stop, evidence_hash
from games.record import GameHash
from games.rules import OVER, Format, Rules, State
from games.scoring import endings, forfeit_scores, ranks
from games.session import start

ROUNDING_MS = 0.01


@dataclass(frozen=True, slots=True)
class Ordered:
    """What the arena had ordered to be played, from its own database."""

    rules: Rules
    variant: str
    fmt: Format
    seed: int
    seats: tuple[str, ...]
    illegal_budget: int
    ply_clock_ms: int
    match_clock_ms: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a report is not believed. `code` is stable."""

    code: str
    why: str


def verify(order: Ordered, report: MatchReport) -> Refusal | None:
    """The first thing wrong with a report, or None."""
    if tuple(s.version_id for s in report.seats) != order.seats:
        return Refusal("seats", "the seats are not those that were ordered")
    state = start(order.rules, order.seed, order.variant, order.fmt)
    chain = GameHash(order.rules, order.variant, order.fmt, order.seed)
    wrong = _actions(state, chain, report) or _outcome(order, state, report) or _clocks(order, report)
    if wrong:
        return wrong
    if chain.close([s.score for s in report.seats], [s.stop for s in report.seats]) != report.game_hash:
        return Refusal("game_hash", "the game hash is not that of these actions")
    if evidence_hash(report) != report.evidence_hash:
        return Refusal("evidence_hash", "the evidence hash is not that of this evidence")
    return None


def _actions(state: State, chain: GameHash, report: MatchReport) -> Refusal | None:
    for number, ply in enumerate(report.plies):
        if ply.seat != state.seat:
            return Refusal("turn", f"ply {number}: it was not seat {ply.seat}'s turn")
        legal = state.legal()
        if ply.legal != legal:
            return Refusal("legal", f"ply {number}: these were not the legal actions")
        if ply.action == RESIGN or not state.accepts(ply.action):
            return Refusal("action", f"ply {number}: {ply.action[:40]!r} was not legal")
        if any(state.accepts(r.reply) for r in ply.rejected):
            return Refusal("rejected", f"ply {number}: a legal reply was rejected")
        state.play(ply.action)
        if chain.step(ply.seat, ply.action, state.key()) != ply.state:
            return Refusal("state", f"ply {number}: the position after it is another")
    return None


def _outcome(order: Ordered, state: State, report: MatchReport) -> Refusal | None:
    faulty = [i for i, s in enumerate(report.seats) if s.stop in FAULTS]
    if len(faulty) > 1:
        return Refusal("stop", "more than one seat is said to have stopped the match")
    if faulty:
        return _forfeit(order, state, report, faulty[0])
    if state.seat != OVER:
        return Refusal("unfinished", "the game had not ended and nobody forfeited")
    scores = state.returns()
    if [s.score for s in report.seats] != scores:
        return Refusal("score", f"the rules give {scores}")
    return _standing(report.seats, scores, ranks(scores), endings(scores)) or _illegal(order, report)


def _forfeit(order: Ordered, state: State, report: MatchReport, seat: int) -> Refusal | None:
    if state.seat != seat:
        return Refusal("stop", f"seat {seat} cannot forfeit: it was not its turn")
    if any(state.accepts(r.reply) for r in report.unfinished):
        return Refusal("rejected", "a legal reply was rejected at the end")
    if report.seats[seat].stop == Stop.ECHO and not _echoes(order, report):
        return Refusal("stop", f"seat {seat} did not say the same over and over")
    scores = forfeit_scores(order.rules, order.variant, order.fmt.rounds, seat)
    stops = [s.stop if i == seat else Stop.FORFEIT_WIN for i, s in enumerate(report.seats)]
    return _standing(report.seats, scores, ranks(scores, seat), stops) or _illegal(order, report)


def _echoes(order: Ordered, report: MatchReport) -> bool:
    """Whether the last reply is an echo: played once more, since it matters in which round a thing was said."""
    said = report.final.reply if report.final else ""
    state, echo = start(order.rules, order.seed, order.variant, order.fmt), Echo(len(order.seats))
    for ply in report.plies:
        echo.hears(state, ply.action, ply.legal)
        state.play(ply.action)
    return order.rules.facts.text and state.accepts(said) and echo.hears(state, said, state.legal())


def _standing(seats: list[SeatReport], scores: list[float], standing: list[int], stops: list[Stop]) -> Refusal | None:
    if [s.score for s in seats] != scores:
        return Refusal("score", f"the rules give {scores}")
    if [s.rank for s in seats] != standing:
        return Refusal("rank", f"the seats rank {standing}")
    if [s.stop for s in seats] != stops:
        return Refusal("stop", f"the seats ended as {[str(s) for s in stops]}")
    return None


def _illegal(order: Ordered, report: MatchReport) -> Refusal | None:
    """The counts of illegal replies are those of the evidence, and who spent the budget is who lost by it."""
    counts = [0] * len(report.seats)
    for ply in report.plies:
        counts[ply.seat] += len(ply.rejected)
    ender = next((i for i, s in enumerate(report.seats) if s.stop in FAULTS), None)
    if ender is not None:
        counts[ender] += len(report.unfinished)
    if [s.illegal for s in report.seats] != counts:
        return Refusal("illegal", f"the evidence shows {counts} illegal replies")
    for seat, count in zip(report.seats, counts, strict=True):
        if (count > order.illegal_budget) != (seat.stop == Stop.ILLEGAL):
            return Refusal("illegal", f"{count} illegal replies of {order.illegal_budget} allowed, stop {seat.stop}")
    return None


def _clocks(order: Ordered, report: MatchReport) -> Refusal | None:
    """Every time claimed adds up, nobody played on over time, and who lost by time had none left."""
    spent = [0.0] * len(report.seats)
    for number, ply in enumerate(report.plies):
        spent[ply.seat] += ply.ms
        over = ply.ms > order.ply_clock_ms + ROUNDING_MS or spent[ply.seat] > order.match_clock_ms + ROUNDING_MS
        if over or ply.ms < sum(r.ms for r in ply.rejected) - ROUNDING_MS:
            return Refusal("clock", f"ply {number}: {ply.ms:.0f} ms cannot be")
    ender = next((i for i, s in enumerate(report.seats) if s.stop in FAULTS), None)
    if (report.final is not None) != (ender is not None):
        return Refusal("stop", "a final turn belongs to a fault, and to nothing else")
    if report.final is not None and ender is not None:
        spent[ender] += report.final.ms
        wrong = _final(order, report.seats[ender].stop, report.final, spent[ender])
        if wrong:
            return wrong
    if not all(isclose(s.ms, t, rel_tol=1e-6, abs_tol=ROUNDING_MS) for s, t in zip(report.seats, spent, strict=True)):
        return Refusal("clock", f"the plies take {[round(t) for t in spent]} ms")
    return None


def _final(order: Ordered, stop: Stop, final: Final, spent: float) -> Refusal | None:
    """Whether the last turn bears out why the seat was stopped. That it failed (`AGENT_FAULT`) cannot be shown."""
    in_time = final.ms < order.ply_clock_ms - TIMER_SLACK_MS and spent < order.match_clock_ms - TIMER_SLACK_MS
    if stop == Stop.TIMEOUT and in_time:
        return Refusal("clock", f"{final.ms:.0f} ms are within the clock")
    if stop == Stop.RESIGNED and final.reply != RESIGN:
        return Refusal("stop", "it did not resign")
    return None
