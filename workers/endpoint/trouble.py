"""Why a request to a player's endpoint brought no answer, in words that may stand in a public transcript.

They never name the endpoint: where somebody's model runs is told to nobody.
"""


class Trouble(Exception):
    """No answer. `again` says whether the next request may fare better, `after_s` how long it was told to wait."""

    def __init__(self, why: str, *, again: bool, after_s: float | None = None) -> None:
        super().__init__(why)
        self.why, self.again, self.after_s = why, again, after_s
