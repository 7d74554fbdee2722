"""One training match: its position, who holds each seat, and what the learning seats did."""

from dataclasses import dataclass, field

from msgspec import Struct

from arena.core.agents import Agent
from arena.core.wire import Stop
from games.rules import OVER, Rules, State
from games.scoring import endings, forfeit_scores
from workers.learner.spec import Game
from workers.policy.policy import Tokens
from workers.rollout.scorer import Known, Scorer


class Chosen(Struct, gc=False):
    """A decision of a learning seat: chosen from the legal set, or written."""

    known: Known
    action: int
    """Its place in the legal set; `FREE` for a text that is no legal action."""
    logps: list[float]
    tokens: Tokens
    total: float
    """The seat's score before the decision."""


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
    turns: list[list[Chosen]] = field(default_factory=list)
    scores: list[float] | None = None
    stops: list[Stop] = field(default_factory=list)
    plies: int = 0

    def __post_init__(self) -> None:
        self.turns = [[] for _ in self.holders]

    def play(self, action: int) -> None:
        """Apply an action of the legal set; the match may end."""
        self.plies += 1
        self.state.apply_id(action)
        if self.state.seat == OVER:
            self.scores = self.state.returns()
            self.stops = endings(self.scores)

    def forfeit(self, rules: Rules, game: Game) -> None:
        """The seat whose turn it is did nothing legal: it loses, as it would before the referee."""
        loser = self.state.seat
        self.scores = forfeit_scores(rules, game.variant, game.rounds, loser)
        self.stops = [Stop.ILLEGAL if s == loser else Stop.FORFEIT_WIN for s in range(len(self.scores))]
