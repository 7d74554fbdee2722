"""The kind `bot`: where no match host is it cannot play; a seat's turns are named apart; failures are values."""

import asyncio
import random

import pytest

from arena.core.agents import Ending, Failed, Listener, Reply, Table, Turn
from arena.core.bots import Over, YourTurn
from arena.core.errors import CannotPlay
from arena.core.wire import Said, Stop
from arena.stream.asking import Desk, asking_by
from arena.stream.turns import Given
from workers.agents.bot import build

TABLE = Table("hex", "standard", 1, random.Random(0), 1, "match", 3, "version")
TURN = Turn("the view", ["a1", "b2"], 4, 9.0)


class Scripted(Desk):
    """Answers from a list."""

    def __init__(self, *answers: Given | Failed) -> None:
        super().__init__("redis://nowhere")
        self.answers, self.asked, self.told = list(answers), list[YourTurn](), list[Over]()

    async def ask(self, version_id: str, fence: int, turn: YourTurn) -> Given | Failed:
        assert (version_id, fence) == ("version", 3)
        self.asked.append(turn)
        return self.answers.pop(0)

    async def over(self, version_id: str, over: Over) -> None:
        self.told.append(over)


def play(desk: Desk, *turns: Turn, end: Ending | None = None) -> list[Reply | Failed]:
    async def main() -> list[Reply | Failed]:
        with asking_by(desk):
            agent = build({}, TABLE)
        assert isinstance(agent, Listener)
        found = [await agent.act(turn) for turn in turns]
        if end:
            await agent.over(end)
        return found

    return asyncio.run(main())


def test_without_a_match_host_a_bot_cannot_play() -> None:
    with pytest.raises(CannotPlay, match="running arena"):
        build({}, TABLE)


def test_every_asking_has_a_name_of_its_own_and_tells_what_was_refused() -> None:
    said = Said(receipt="signed")
    desk = Scripted(*(Given("t", action, said) for action in ("x", "y", "a1")))
    replies = play(desk, TURN, TURN, Turn("", ["c3"], 6, 9.0))
    assert replies[0] == Reply("x", said)
    assert [(t.attempt, t.refused, t.ply) for t in desk.asked] == [(1, None, 4), (2, "x", 4), (1, None, 6)]
    assert len({t.turn for t in desk.asked}) == 3
    assert desk.asked[0].turn == "match:3:1:4:1"


def test_a_bot_that_failed_and_one_that_is_away_forfeit() -> None:
    away = Failed(Stop.ABANDONED, "not connected")
    said = Said("hm", receipt="signed")
    desk = Scripted(Given("t", "", said, "ValueError: no idea"), away)
    assert play(desk, TURN, TURN) == [Failed(Stop.AGENT_FAULT, "ValueError: no idea", said), away]


def test_a_bot_is_told_how_it_ended() -> None:
    desk = Scripted()
    play(desk, end=Ending(1.0, 1, Stop.WIN))
    assert desk.told == [Over(match="match", seat=1, score=1.0, rank=1, stop="win")]
