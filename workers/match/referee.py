"""The referee: plays one match between agents through the PettingZoo environment. A plain class: no Ray, no network.

It holds every seat to its clock and to its budget of illegal actions, which never resets, and keeps every reply.
"""

import asyncio
import inspect
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from arena.anticheat.echo import Echo
from arena.core.agents import RESIGN, Agent, Failed, Reply, Turn
from arena.core.brief import kept
from arena.core.errors import OwnFault
from arena.core.wire import (
    FAULTS,
    TIMER_SLACK_MS,
    Final,
    MatchOrder,
    MatchReport,
    Ply,
    Rejected,
    Said,
    SeatReport,
    Stop,
    evidence_hash,
)
from games import catalog
from games.aec import GameEnv
from games.record import GameHash
from games.rules import OVER, Format, State
from games.scoring import endings, forfeit_scores, ranks

log = logging.getLogger("arena.referee")

YIELD_S = 0.005
"""A match of quick agents gives way to the others of its host at least this often."""
MAX_REPLY = 2000
"""Characters kept of a reply that was no legal action."""
MAX_RAW = 8000
"""Characters kept of what a model wrote around its action."""
EVIDENCE_BYTES = 2_000_000
"""What all seats of a match may have kept of what they wrote, each an equal share: a report too large to be read would
have the match played again, and who is losing could see to that."""
LEAST = 100
"""Characters kept of a refused reply where the share is spent."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a seat stopped the match, and what it last said."""

    stop: Stop
    reply: str
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a seat answered in time."""

    action: str
    said: Said | None


class Referee:
    """One match. `play` runs it to its end and never raises for what an agent does."""

    def __init__(self, order: MatchOrder, agents: Sequence[Agent], host: str) -> None:
        self.order, self.agents, self.host = order, agents, host
        rules = catalog.load(order.game)
        fmt = Format(order.rounds, order.opening_plies)
        self.env = GameEnv(rules, order.variant, order.view, fmt, tensor=False)
        self.env.reset(seed=order.seed)
        self._hash = GameHash(rules, order.variant, fmt, order.seed)
        self._views = [order.view if a.view == "" else a.view for a in agents]
        self.plies: list[Ply] = []
        self._rejected: list[Rejected] = []
        self._illegal = [0] * len(agents)
        self._room = [EVIDENCE_BYTES // len(agents)] * len(agents)
        self._echo = Echo(len(agents)) if rules.facts.text else None
        self._ms = [0.0] * len(agents)
        self.watch: Callable[[State, Ply], None] | None = None
        """Told of every ply, with the position after it. No agent's clock runs meanwhile."""

    async def play(self) -> MatchReport:
        """Play on until the game ends or a seat is stopped by its own fault."""
        state, env = self.env.state_, self.env
        gave_way = time.perf_counter()
        while (seat := state.seat) != OVER:
            legal = state.legal()
            heard, ms = await self._ask(seat, legal)
            if isinstance(heard, Fault):
                return self._forfeit(seat, heard, ms)
            action = heard.action
            env.step(state.ids.get(action, action))
            mark = self._hash.step(seat, action, state.key())
            self.plies.append(Ply(seat, legal, action, mark, ms, self._rejected, heard.said))
            self._rejected = []
            if self.watch:
                self.watch(state, self.plies[-1])
            if time.perf_counter() - gave_way > YIELD_S:
                await asyncio.sleep(0)
                gave_way = time.perf_counter()
        scores = state.returns()
        return self._report(scores, ranks(scores), endings(scores))

    async def _ask(self, seat: int, legal: list[str]) -> tuple[Heard | Fault, float]:
        """The seat's legal action or how it failed, and the milliseconds it took for this ply."""
        spent = 0.0
        view = self._views[seat]
        text = "" if view is None else self.env.state_.view(seat, view)
        while True:
            left = min(self.order.ply_clock_ms - spent, self.order.match_clock_ms - self._ms[seat])
            reply, ms = await self._reply(seat, Turn(text, legal, len(self.plies), left / 1000))
            spent += ms
            self._ms[seat] += ms
            if isinstance(reply, Fault):
                return reply, spent
            reply = Heard(reply.action, self._kept(seat, reply.said))
            action = reply.action
            if ms > left:
                return Fault(Stop.TIMEOUT, action, reply.said), spent
            if action == RESIGN:  # before all else: where texts are free it would be one of them
                return Fault(Stop.RESIGNED, action, reply.said), spent
            if action in legal or self.env.state_.accepts(action):
                echoes = self._echo is not None and self._echo.hears(self.env.state_, action, legal)
                return (Fault(Stop.ECHO, action, reply.said) if echoes else reply), spent
            self._rejected.append(Rejected(action[: self._share(seat, action)], ms, reply.said))
            self._illegal[seat] += 1
            if self._illegal[seat] > self.order.illegal_budget:
                return Fault(Stop.ILLEGAL, action), spent

    def _kept(self, seat: int, said: Said | None) -> Said | None:
        """As much of what stands behind a reply as the seat has room for."""
        if said is None:
            return None
        size = len(said.raw.encode())
        if size > self._room[seat]:
            return replace(said, raw="")
        self._room[seat] -= size
        return said

    def _share(self, seat: int, action: str) -> int:
        """How many characters of a refused reply are kept."""
        size = len(action[:MAX_REPLY].encode())
        if size > self._room[seat]:
            return LEAST
        self._room[seat] -= size
        return MAX_REPLY

    async def _reply(self, seat: int, turn: Turn) -> tuple[Heard | Fault, float]:
        began = time.perf_counter()
        try:
            reply = self.agents[seat].act(turn)
            if inspect.isawaitable(reply):
                async with asyncio.timeout(max(turn.clock_s, 0.001)):
                    reply = await reply
        except OwnFault:
            raise
        except Exception as error:  # an agent may raise anything: that is its own fault, and a result
            ms = (time.perf_counter() - began) * 1000
            if isinstance(error, TimeoutError) and ms >= turn.clock_s * 1000 - TIMER_SLACK_MS:
                return Fault(Stop.TIMEOUT, ""), ms
            log.warning("%s raised %r", self.order.seats[seat].name, error)
            return Fault(Stop.AGENT_FAULT, repr(error)), ms
        ms = (time.perf_counter() - began) * 1000
        return _heard(reply), ms

    def _forfeit(self, seat: int, fault: Fault, ms: float) -> MatchReport:
        order = self.order
        scores = forfeit_scores(self.env.rules, order.variant, order.rounds, seat)
        stops = [fault.stop if i == seat else Stop.FORFEIT_WIN for i in range(len(scores))]
        final = Final(fault.reply[:MAX_REPLY], ms, fault.said)
        return self._report(scores, ranks(scores, seat), stops, final)

    def _report(
        self, scores: list[float], standing: list[int], stops: list[Stop], final: Final | None = None
    ) -> MatchReport:
        order = self.order
        seats = [
            SeatReport(s.version_id, score, rank, stop, illegal, ms)
            for s, score, rank, stop, illegal, ms in zip(
                order.seats, scores, standing, stops, self._illegal, self._ms, strict=True
            )
        ]
        report = MatchReport(
            match_id=order.match_id, fence=order.fence, host=self.host, seats=seats, plies=self.plies,
            unfinished=self._rejected, final=final, finished_at=time.time(), evidence_hash=b"",
            game_hash=self._hash.close(scores, [str(s) for s in stops]),
        )  # fmt: skip
        return replace(report, evidence_hash=evidence_hash(report))


def _heard(reply: object) -> Heard | Fault:
    """What an agent gave, as far as it is an answer."""
    if isinstance(reply, Failed):
        return Fault(reply.stop if reply.stop in FAULTS else Stop.AGENT_FAULT, _whole(reply.why), _brief(reply.said))
    action, said = (reply.action, reply.said) if isinstance(reply, Reply) else (reply, None)
    if not isinstance(action, str):
        return Fault(Stop.AGENT_FAULT, f"answered with {type(action).__name__}")
    return Heard(_whole(action), _brief(said))


def _brief(said: Said | None) -> Said | None:
    return None if said is None else replace(said, raw=kept(_whole(said.raw), MAX_RAW))


def _whole(text: str) -> str:
    """Half a surrogate pair is a str that no encoding takes: kept as what it looks like."""
    return text.encode("utf-8", "backslashreplace").decode()
