"""Portable Game Notation of a settled match, for games that have a view of that name: chess."""

from typing import Any

from arena.core.errors import NoPgn
from arena.core.wire import MatchReport, Stop
from games import catalog
from games.record import rules_hash
from games.rules import Format
from games.session import start

VIEW = "pgn"
ENDINGS = {
    Stop.TIMEOUT: "time forfeit", Stop.ILLEGAL: "rules infraction", Stop.ABANDONED: "abandoned",
    Stop.AGENT_FAULT: "rules infraction",
}  # fmt: skip


def check(game: str) -> None:
    """See that there is a notation of the game's. Raises `UnknownGame`, `NoPgn`."""
    if catalog.elsewhere(game) or VIEW not in catalog.load(game).facts.views:
        raise NoPgn(f"Games of {game} have no PGN.", todo="Export them as JSONL, with /api/v1/exports/matches.jsonl.")


def pgn(match: Any, report: MatchReport, names: list[str]) -> str:
    """One game with its tags, and a blank line behind it. `match` is a row of `arena.store.exports`.

    Raises:
        NoPgn: the rules have changed since it was played.
    """
    rules = catalog.load(match.game)
    if rules_hash(rules) != match.rules_hash:
        what = "The game's rules have changed since it was played."
        raise NoPgn(what, todo="Read its moves with GET /api/v1/matches/ID.")
    state = start(rules, match.seed, match.variant, Format(match.rounds, match.opening_plies))
    for ply in report.plies:
        state.apply(ply.action)
    *tags, moves = state.view(0, VIEW).split("\n")
    white = 0 if '[White "you"]' in tags else 1
    setup = [tag for tag in tags if not tag.startswith(("[White ", "[Black "))]
    result = _result(match.scores[white], match.scores[1 - white])
    head = {
        "Event": f"{match.game} {match.league} {match.purpose}", "Site": f"match {match.id}",
        "Date": f"{match.finished_at:%Y.%m.%d}", "Round": "-", "White": names[white], "Black": names[1 - white],
        "Result": result, "Termination": _ending(match.stops),
    }  # fmt: skip
    written = [f'[{name} "{_quoted(value)}"]' for name, value in head.items()]
    return "\n".join([*written, *setup, "", f"{moves.rpartition(' ')[0]} {result}".strip(), "", ""])


def _result(white: float, black: float) -> str:
    return "1/2-1/2" if white == black else "1-0" if white > black else "0-1"


def _ending(stops: list[str]) -> str:
    return next((ENDINGS[Stop(stop)] for stop in stops if stop in ENDINGS), "normal")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
