"""One training match: its position, who holds each seat, and what the learning seats did."""

from dataclasses import dataclass, field

from arena.core.agents import Agent
from arena.core.bundling import Bundler, Decision
from arena.core.trajectory import Setting
from arena.core.wire import Stop
from games.rules import OVER, Rules, State
from games.scoring import endings, forfeit_scores
from workers.learner.spec import Game
from workers.rollout.scorer import Scorer


@dataclass(slots=True)
class Holder:
    """Who sits in a seat: a policy, which learns or is only played against, or an agent."""

    scorer: Scorer | None
    agent: Agent | None
    learns: bool
    name: str


@dataclass(slots=True)
class Table:
    """A match under way."""

    setting: int
    state: State
    holders: list[Holder]
    turns: list[list[Decision]] = field(default_factory=list)
    """What each seat decided. Until the match is handed over, a reward is the seat's score before its decision."""
    scores: list[float] | None = None
    stops: list[Stop] = field(default_factory=list)
    plies: int = 0

    def __post_init__(self) -> None:
        self.turns = [[] for _ in self.holders]

    def play(self, action: int) -> None:
        """Apply an action of the legal set; the match may end."""
        self.state.apply_id(action)
        self._count()

    def say(self, action: str) -> None:
        """Apply an action that the position accepts; the match may end."""
        self.state.play(action)
        self._count()

    def _count(self) -> None:
        self.plies += 1
        if self.state.seat == OVER:
            self.scores = self.state.returns()
            self.stops = endings(self.scores)

    def forfeit(self, rules: Rules, game: Game) -> None:
        """The seat whose turn it is did nothing legal: it loses, as it would before the referee."""
        loser = self.state.seat
        self.scores = forfeit_scores(rules, game.variant, game.rounds, loser)
        self.stops = [Stop.ILLEGAL if s == loser else Stop.FORFEIT_WIN for s in range(len(self.scores))]

    def hand_over(self, bundler: Bundler, settings: list[Setting]) -> None:
        """One trajectory for each learning seat that decided anything; the match must be over."""
        assert self.scores is not None
        for seat, holder in enumerate(self.holders):
            turns, score = self.turns[seat], self.scores[seat]
            if not holder.learns or not turns:
                continue
            after = [turn.reward for turn in turns[1:]] + [score]
            for turn, total in zip(turns, after, strict=True):
                turn.reward = total - turn.reward
            others = [h.name for place, h in enumerate(self.holders) if place != seat]
            bundler.add(settings[self.setting], seat, others, turns, (score, self.stops[seat]))
