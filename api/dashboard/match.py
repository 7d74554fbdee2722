"""What the page of one match shows: the API's own answer to anybody, and what each seat said in each turn."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from api.dashboard.replies import Heard, heard, last_words
from api.dashboard.words import FAULTS
from api.details import Detail, detail
from api.hub import Hub
from api.listing import Seat
from games import catalog
from games.rules import Facts

GRIDS = ("board",)
"""Families whose positions are drawings: in prose they keep their lines."""
MOST = 12
"""Places that are linked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A match at one moment. `seq` is the last event it surely reflects."""

    match: Detail
    facts: Facts
    laddered: bool
    view: str
    said: list[list[Heard]]
    """By ply."""
    last: list[Heard]
    seq: int

    @property
    def views(self) -> list[str]:
        """Those that people read, and JSON where that is what the seats read."""
        return [view for view in self.facts.views if view != "json" or self.match.view == "json"]

    @property
    def waits(self) -> bool:
        """Whether there is more to come: what was given up stays as it is."""
        return self.match.sealed and self.match.status != "given_up"

    def refused(self, seat: Seat) -> list[tuple[str, str]]:
        """Where on the page its refused replies are: (the row's id, in words)."""
        told = self.match.transcript
        if told is None:
            return []
        at = [ply.number for ply in told.plies if ply.seat == seat.seat and ply.rejected][:MOST]
        places = [(f"ply-{number}", f"ply {number}") for number in at]
        return places + [("ply-end", "the end")] * (bool(told.unfinished) and seat.stop in FAULTS)

    @property
    def talks(self) -> bool:
        """Whether anybody said more than their actions."""
        return any(self.said) or bool(self.last)


def shown(connection: Connection, hub: Hub, match_id: UUID, view: str | None) -> Shown:
    """Read a match as nobody in particular. Raises `UnknownMatch`, `UnknownView`."""
    seq = hub.at
    match = detail(connection, match_id, view or _best_view)
    rules = catalog.load(match.game)
    facts = rules.facts
    if view:  # of a sealed match nothing else looks at it
        rules.check_view(view)
    told = match.transcript
    return Shown(
        match=match, facts=facts, laddered=match.game in catalog.laddered(), view=view or _best_view(facts),
        said=[heard(ply, texts=facts.text) for ply in told.plies] if told else [],
        last=last_words(told) if told else [], seq=seq,
    )  # fmt: skip


def _best_view(facts: Facts) -> str:
    return "prose" if facts.family in GRIDS else "compact"
