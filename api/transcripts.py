"""A settled match ply by ply, and the positions it went through: replayed from seed and actions, never stored."""

from typing import Any

from msgspec import structs
from pydantic import BaseModel

from arena.core.wire import MatchReport, Rejected, Said
from games import catalog
from games.record import rules_hash
from games.rules import Format, Rules
from games.session import start


class Behind(BaseModel):
    """What stands behind a reply: what a model wrote, its tokens, the arena's receipt of when it came."""

    raw: str
    prompt_tokens: int
    completion_tokens: int
    receipt: str


class Reply(BaseModel):
    """A reply that was not played, or in its place why there was none."""

    reply: str
    ms: float
    said: Behind | None = None


class Ply(BaseModel):
    """One action. `state` is the running game hash after it; `position` what the seat saw before it."""

    number: int
    seat: int
    legal: list[str]
    action: str
    ms: float
    rejected: list[Reply]
    said: Behind | None = None
    state: str
    position: str | None = None


class Transcript(BaseModel):
    """What was played. `opening` are the seeded random moves before the first ply."""

    opening: list[str]
    plies: list[Ply]
    unfinished: list[Reply]
    """Rejected replies after the last ply, when the match ended on a fault."""
    ended: Reply | None = None
    """The turn that ended it, when it ended on a fault; `ms` is of the whole turn. What stands behind a
    refused reply is in `unfinished`."""
    final: str | None = None
    """The last position, as seat 0 saw it."""


def transcript(match: dict[str, Any], report: MatchReport, view: str | None) -> Transcript:
    """A match's transcript, with positions when a view is named.

    Raises:
        UnknownView: the game has no such view.
    """
    rules = catalog.load(match["game"])
    if view is not None:
        rules.check_view(view)
    plies = [
        Ply(
            number=number, seat=p.seat, legal=p.legal, action=p.action, ms=p.ms, state=p.state.hex(),
            rejected=_replies(p.rejected), said=_behind(p.said),
        )
        for number, p in enumerate(report.plies, start=1)
    ]  # fmt: skip
    ended = report.final and Reply(reply=report.final.reply, ms=report.final.ms, said=_behind(report.final.said))
    told = Transcript(opening=[], plies=plies, unfinished=_replies(report.unfinished), ended=ended)
    if rules_hash(rules) == match["rules_hash"]:  # under other rules the same actions are another game
        _replay(told, rules, match, view)
    return told


def _replies(rejected: list[Rejected]) -> list[Reply]:
    return [Reply(reply=r.reply, ms=r.ms, said=_behind(r.said)) for r in rejected]


def _behind(said: Said | None) -> Behind | None:
    return None if said is None else Behind(**structs.asdict(said))


def _replay(told: Transcript, rules: Rules, match: dict[str, Any], view: str | None) -> None:
    state = start(rules, match["seed"], match["variant"], Format(match["rounds"], match["opening_plies"]))
    told.opening = state.moves()
    if view is None:
        return
    for ply in told.plies:
        ply.position = state.view(ply.seat, view)
        state.apply(ply.action)
    told.final = state.view(0, view)
