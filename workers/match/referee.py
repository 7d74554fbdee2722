"""The referee: plays one match between agents through the PettingZoo environment. A plain class: no Ray, no network.

It holds every seat to its clock and to its budget of illegal actions, which never resets, and keeps every reply.
"""

import asyncio
import inspect
import time
from collections.abc import Callable, Sequence

from arena.core.agents import RESIGN, Agent, Turn
from arena.core.wire import MatchOrder, MatchReport, Ply, Rejected, SeatReport, Stop, evidence_hash
from games import catalog
from games.aec import GameEnv
from games.record import GameHash
from games.rules import OVER, Format, State
from games.scoring import endings, forfeit_scores, ranks

YIELD_S = 0.005
"""A match of quick agents gives way to the others of its host at least this often."""
MAX_REPLY = 2000
"""Characters kept of a reply that was no legal action."""


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
        self._ms = [0.0] * len(agents)
        self.watch: Callable[[State, Ply], None] | None = None
        """Told of every ply, with the position after it. No agent's clock runs meanwhile."""

    async def play(self) -> MatchReport:
        """Play on until the game ends or a seat is stopped by its own fault."""
        state, env = self.env.state_, self.env
        gave_way = time.perf_counter()
        while (seat := state.seat) != OVER:
            legal = state.legal()
            action, ms = await self._ask(seat, legal)
            if isinstance(action, Stop):
                return self._forfeit(seat, action)
            env.step(state.ids[action])
            mark = self._hash.step(seat, action, state.key())
            self.plies.append(Ply(seat, legal, action, mark, ms, self._rejected))
            self._rejected = []
            if self.watch:
                self.watch(state, self.plies[-1])
            if time.perf_counter() - gave_way > YIELD_S:
                await asyncio.sleep(0)
                gave_way = time.perf_counter()
        scores = state.returns()
        return self._report(scores, endings(scores))

    async def _ask(self, seat: int, legal: list[str]) -> tuple[str | Stop, float]:
        """The seat's legal action or why it is stopped, and the milliseconds it took for this ply."""
        spent = 0.0
        view = self._views[seat]
        text = "" if view is None else self.env.state_.view(seat, view)
        while True:
            left = min(self.order.ply_clock_ms - spent, self.order.match_clock_ms - self._ms[seat])
            reply, ms = await self._reply(seat, Turn(text, legal, len(self.plies), left / 1000))
            spent += ms
            self._ms[seat] += ms
            if reply in legal and ms <= left:
                return reply, spent
            if ms > left or isinstance(reply, Stop):
                return (reply if isinstance(reply, Stop) else Stop.TIMEOUT), spent
            if reply == RESIGN:
                return Stop.RESIGNED, spent
            self._rejected.append(Rejected(reply[:MAX_REPLY], ms))
            self._illegal[seat] += 1
            if self._illegal[seat] > self.order.illegal_budget:
                return Stop.ILLEGAL, spent

    async def _reply(self, seat: int, turn: Turn) -> tuple[str | Stop, float]:
        began = time.perf_counter()
        try:
            reply = self.agents[seat].act(turn)
            if inspect.isawaitable(reply):
                reply = await asyncio.wait_for(reply, max(turn.clock_s, 0.001))
        except TimeoutError:
            reply = Stop.TIMEOUT
        except Exception:  # an agent may raise anything: that is its own fault, and a result
            reply = Stop.AGENT_FAULT
        ms = (time.perf_counter() - began) * 1000
        return (reply if isinstance(reply, str) else Stop.AGENT_FAULT), ms

    def _forfeit(self, seat: int, stop: Stop) -> MatchReport:
        order = self.order
        scores = forfeit_scores(self.env.rules, order.variant, order.rounds, seat)
        return self._report(scores, [stop if i == seat else Stop.FORFEIT_WIN for i in range(len(scores))])

    def _report(self, scores: list[float], stops: list[Stop]) -> MatchReport:
        order = self.order
        game_hash = self._hash.close(scores, [str(s) for s in stops])
        seats = [
            SeatReport(s.version_id, score, rank, stop, illegal, ms)
            for s, score, rank, stop, illegal, ms in zip(
                order.seats, scores, ranks(scores), stops, self._illegal, self._ms, strict=True
            )
        ]
        return MatchReport(
            match_id=order.match_id, fence=order.fence, host=self.host, seats=seats, plies=self.plies,
            unfinished=self._rejected, game_hash=game_hash, finished_at=time.time(),
            evidence_hash=evidence_hash(game_hash, seats, self.plies, self._rejected),
        )  # fmt: skip
