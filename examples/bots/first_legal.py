"""The smallest bot: it plays the first legal action.

`arena bot examples.bots.first_legal:act --name first-legal --game connect_four`
"""

from arena.client import Observation


def act(observation: Observation) -> str:
    return observation.legal[0]
