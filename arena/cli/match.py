"""Play one match here and now, without any server. The same seed gives the same game."""

import asyncio
import json
from typing import Annotated, Any, cast

import typer

from arena.cli.shared.screen import AsJson, Film, emit
from arena.cli.shared.spectator import Spectator, names_of
from arena.core.errors import BadRequest, BadSpec, CannotPlay, UnknownPlayer
from arena.core.forfeits import why
from arena.core.nearest import choose
from arena.core.settings import Settings
from arena.core.terms import Terms
from arena.core.wire import MatchOrder, MatchReport, SeatOrder
from arena.flow.submit import REFERENCES, check_spec
from games import catalog
from games.needs import can_play
from games.rules import Rules

app = typer.Typer(add_completion=False)

LOCAL = "local"
"""The id of every match played here: an agent's random stream depends on it."""


@app.command()
def match(
    players: Annotated[list[str], typer.Argument(help='A reference player, or KIND:{"json": "spec"}; one a seat.')],
    *,
    game: Annotated[str, typer.Option(help="Which game.")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of all chance in the match.")] = 0,
    variant: Annotated[str, typer.Option(help="The game's variant.")] = "standard",
    view: Annotated[
        str, typer.Option(help="The view of agents that have none of their own, and of --watch.")
    ] = "prose",
    watch: Annotated[bool, typer.Option("--watch", help="Draw it ply by ply.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play one match here and now, without any server. The same seed gives the same game."""
    rules = catalog.load(game)
    order = _order(rules, players, seed, variant, view)
    report = _play(order, watch=watch and not as_json)
    if as_json:
        emit(_plain(order, report))
        return
    terms = Terms(order.ply_clock_ms, order.match_clock_ms, order.illegal_budget)
    for number, (seat, name) in enumerate(zip(report.seats, names_of(order), strict=True)):
        typer.echo("  ".join(filter(None, (f"{name:<20} {seat.score:+g}", seat.stop, why(report, number, terms)))))
    typer.echo(f"{game}, seed {seed}: {len(report.plies)} plies, game hash {report.game_hash.hex()}")


def _order(rules: Rules, players: list[str], seed: int, variant: str, view: str) -> MatchOrder:
    rules.check_view(view)
    seats = rules.check_variant(variant).seats
    if len(players) != seats:
        what = f"{rules.facts.name} ({variant}) has {seats} seats, not {len(players)}."
        raise BadRequest(what, todo=f"Name {seats} players; one may be named twice.")
    terms, fmt = Settings.read().terms, rules.facts.rated
    return MatchOrder(
        match_id=LOCAL, fence=0, game=rules.facts.name, variant=variant, rounds=fmt.rounds,
        opening_plies=fmt.opening_plies, view=view, seed=seed,
        seats=[_seat(text, number, rules, variant) for number, text in enumerate(players)],
        ply_clock_ms=terms.ply_clock_ms, match_clock_ms=terms.match_clock_ms, illegal_budget=terms.illegal_budget,
    )  # fmt: skip


def _seat(text: str, number: int, rules: Rules, variant: str) -> SeatOrder:
    name, colon, spec = text.partition(":")
    kind, values = (name, _spec(spec)) if colon else _reference(name)
    if not can_play(check_spec(kind, values), rules.facts, variant):
        able = [r.name for r in REFERENCES if can_play(check_spec(r.kind, r.spec), rules.facts, variant)]
        what = f"{name} cannot play {rules.facts.name} ({variant})."
        raise CannotPlay(what, todo=f"Of the reference players {', '.join(able)} can.")
    return SeatOrder(f"seat-{number}", kind, values, name)


def _spec(text: str) -> dict[str, Any]:
    try:
        spec = json.loads(text)
    except ValueError:
        spec = None
    if not isinstance(spec, dict):
        raise BadSpec(f"{text!r} is no JSON object.", todo='Write it as KIND:{"name": value}.')
    return cast(dict[str, Any], spec)


def _reference(name: str) -> tuple[str, dict[str, Any]]:
    for known in REFERENCES:
        if known.name == name:
            return known.kind, known.spec
    todo = f"{choose(name, [r.name for r in REFERENCES])} Or give KIND:{{...}}."
    raise UnknownPlayer(f"There is no reference player {name!r}.", todo=todo)


def _play(order: MatchOrder, *, watch: bool) -> MatchReport:
    from workers.match.referee import Referee
    from workers.match.seating import seat_agents

    referee = Referee(order, seat_agents(order), "here")
    if not watch:
        return asyncio.run(referee.play())
    with Film() as film:
        referee.watch = spectator = Spectator(film, order)
        spectator.begin(referee.env.state_)
        return asyncio.run(referee.play())


def _plain(order: MatchOrder, report: MatchReport) -> dict[str, Any]:
    """The match without its clocks: what the seed decides, and nothing else."""
    return {
        "game": order.game, "variant": order.variant, "seed": order.seed,
        "players": [
            {"player": who.name, "kind": who.kind, "score": s.score, "rank": s.rank, "stop": s.stop,
             "illegal": s.illegal}
            for who, s in zip(order.seats, report.seats, strict=True)
        ],
        "actions": [ply.action for ply in report.plies],
        "game_hash": report.game_hash.hex(),
    }  # fmt: skip
