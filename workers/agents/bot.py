"""A program of its owner's that connects outwards and answers "your turn" messages, from wherever it runs."""

from arena.core.agents import Ending, Failed, Reply, Table, Turn
from arena.core.bots import Over, YourTurn
from arena.core.errors import CannotPlay
from arena.core.wire import Stop
from arena.stream.asking import Desk, current_desk

KIND = {
    "for_anyone": True,
    "qualifies": True,
    "connects": True,
    "at_once": 8,
    "needs": {},
    "spec": {
        "type": "object",
        "properties": {
            "at_once": {
                "type": "integer",
                "minimum": 1,
                "maximum": 256,
                "default": 8,
                "description": "Matches it plays at once, rounded up to pairs.",
            },
            "view": {
                "type": "string",
                "enum": ["prose", "compact", "json"],
                "description": "The view it reads; without one, the match's own.",
            },
        },
        "additionalProperties": False,
    },
}
MOST = 2000
"""Characters of a refused answer that are told back."""


class BotAgent:
    """One seat of one match. What it asks goes to whichever gateway holds the bot's connection."""

    def __init__(self, view: str, table: Table, desk: Desk) -> None:
        self.view: str | None = view
        self._table, self._desk = table, desk
        self._refused: tuple[int, int, str] = (-1, 1, "")
        """At which ply the last answer was given, which attempt that was, and what it said."""

    async def act(self, turn: Turn) -> Reply | Failed:
        """The bot's answer."""
        table = self._table
        ply, attempt, refused = self._refused
        again = ply == turn.ply
        attempt = attempt + 1 if again else 1
        asked = YourTurn(
            turn=f"{table.match_id}:{table.fence}:{table.seat}:{turn.ply}:{attempt}", match=table.match_id,
            game=table.game, variant=table.variant, rounds=table.rounds, seat=table.seat, ply=turn.ply,
            view=turn.view, legal=turn.legal, clock_s=turn.clock_s, attempt=attempt,
            refused=refused if again else None,
        )  # fmt: skip
        given = await self._desk.ask(table.version_id, table.fence, asked)
        if isinstance(given, Failed):
            return given
        if given.error:
            return Failed(Stop.AGENT_FAULT, given.error, given.said)
        self._refused = (turn.ply, attempt, given.action[:MOST])
        return Reply(given.action, given.said)

    async def over(self, ending: Ending) -> None:
        """Tell the bot."""
        table = self._table
        over = Over(
            match=table.match_id, seat=table.seat, score=ending.score, rank=ending.rank, stop=ending.stop.value
        )  # fmt: skip
        await self._desk.over(table.version_id, over)


def build(spec: dict[str, str], table: Table) -> BotAgent:
    """An agent for one seat of one match.

    Raises:
        CannotPlay: no match host plays this match, so nothing leads to the bot.
    """
    desk = current_desk()
    if desk is None:
        what = "A bot plays only in a running arena: from here no connection leads to it."
        raise CannotPlay(what, todo="Start the arena, and have the bot connect to it.")
    return BotAgent(spec.get("view", ""), table, desk)
