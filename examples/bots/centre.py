"""A bot for connect four with an idea: win if it can, stop a loss if it must, else near the centre.

`arena bot examples.bots.centre:act --name centre --game connect_four --view json`
"""

import json

from arena.client import Observation

COLUMNS, ROWS, WON = 7, 6, 4


def act(observation: Observation) -> str:
    columns: list[list[int]] = [[] for _ in range(COLUMNS)]
    told = json.loads(observation.view)
    for number, move in enumerate(told["moves"]):
        columns[int(move) - 1].append(number % 2)
    me = len(told["moves"]) % 2
    for who in (me, 1 - me):
        for action in observation.legal:
            if wins(columns, int(action) - 1, who):
                return action
    return min(observation.legal, key=lambda action: abs(int(action) - (COLUMNS + 1) / 2))


def wins(columns: list[list[int]], at: int, who: int) -> bool:
    """Whether a piece of theirs in this column would make four in a row."""
    height = len(columns[at])

    def theirs(column: int, row: int) -> bool:
        return 0 <= column < COLUMNS and 0 <= row < len(columns[column]) and columns[column][row] == who

    for across, up in ((1, 0), (0, 1), (1, 1), (1, -1)):
        run = 1
        for way in (1, -1):
            step = 1
            while theirs(at + way * step * across, height + way * step * up):
                run, step = run + 1, step + 1
        if run >= WON:
            return True
    return False
