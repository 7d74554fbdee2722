"""Why a request to a player's endpoint brought no answer, in words that may stand in a public transcript.

They never name the endpoint: where somebody's model runs is told to nobody.
"""

from typing import Literal

Outcome = Literal["busy", "failing", "refused", "late", "broken", "unreadable", "forbidden"]
"""429; 5xx; another status; no answer in time; a connection that was not made or broke; an answer that cannot be taken;
an address that may not be asked. What an operator counts."""


class Trouble(Exception):
    """No answer. `again` says whether the next request may fare better, `after_s` how long it was told to wait."""

    def __init__(self, outcome: Outcome, why: str, *, again: bool, after_s: float | None = None) -> None:
        super().__init__(why)
        self.outcome, self.why, self.again, self.after_s = outcome, why, again, after_s
