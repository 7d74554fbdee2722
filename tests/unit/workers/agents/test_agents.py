"""The arena's own agents: who beats whom, what they refuse, and that they are given nothing but a turn."""

import json
import random

import jsonschema
import pytest

from arena.core.agents import KINDS, Agent, Table, Turn
from arena.core.errors import CannotPlay
from games import catalog
from games.rules import OVER, Format
from games.session import start

MINE = ("random", "minimax", "mcts", "cfr")
PLAYABLE = [("random", "leduc_poker"), ("minimax", "tic_tac_toe"), ("mcts", "connect_four"), ("cfr", "kuhn_poker")]


def seat(
    kind: str, game: str, variant: str = "standard", number: int = 0, spec: dict[str, object] | None = None, seed=0
):
    """An agent of a kind, with a private stream of its own."""
    return KINDS.load(kind).build(spec or {}, Table(game, variant, number, random.Random(f"{seed}/{number}")))


def turn(state, agent: Agent) -> Turn:
    """All that an agent is told."""
    view = state.view(state.seat, agent.view or "prose") if agent.view is not None else ""
    return Turn(view, state.legal(), len(state.moves()), 10.0)


def play(game: str, variant: str, agents: list[Agent], seed: int, fmt: Format) -> list[float]:
    state = start(catalog.load(game), seed, variant, fmt)
    while state.seat != OVER:
        agent = agents[state.seat]
        state.apply(agent.act(turn(state, agent)))
    return state.returns()


def scores(game: str, kinds: tuple[str, str], matches: int, variant: str = "standard", **spec: object) -> list[float]:
    """What the first kind scores, seats turning; `spec` is its own."""
    fmt, found = catalog.load(game).facts.rated, []
    for seed in range(matches):
        place = seed % 2
        agents = [seat(kinds[0], game, variant, 0, spec, seed), seat(kinds[1], game, variant, 1, None, seed)]
        found.append(play(game, variant, agents if place == 0 else agents[::-1], seed, fmt)[place])
    return found


@pytest.mark.parametrize("variant", ["standard", "misere"])
def test_minimax_beats_random_from_rated_openings(variant: str) -> None:
    found = scores("tic_tac_toe", ("minimax", "random"), 200, variant)
    assert sum(found) / len(found) > 0.6


@pytest.mark.parametrize("variant", ["standard", "misere"])
def test_minimax_never_loses_from_the_empty_board(variant: str) -> None:
    for seed in range(60):
        agents = [
            seat("minimax", "tic_tac_toe", variant, 0, None, seed),
            seat("random", "tic_tac_toe", variant, 1, None, seed),
        ]
        place = seed % 2
        assert play("tic_tac_toe", variant, agents if place == 0 else agents[::-1], seed, Format())[place] >= 0


def test_more_search_is_stronger_and_any_search_beats_random() -> None:
    assert sum(scores("connect_four", ("mcts", "random"), 20, simulations=50)) >= 16
    assert sum(scores("tic_tac_toe", ("mcts", "minimax"), 20, simulations=1000)) >= -10


def test_mcts_takes_a_win_and_stops_one() -> None:
    agent = seat("mcts", "connect_four", spec={"simulations": 500})
    for moves, wanted in ((["1", "7", "1", "7", "1", "6"], "1"), (["1", "7", "1", "7", "2", "7"], "7")):
        state = catalog.load("connect_four").start(0)
        for move in moves:
            state.apply(move)
        assert agent.act(turn(state, agent)) == wanted


def test_cfr_wins_chips_from_random_in_rated_sessions() -> None:
    found = scores("kuhn_poker", ("cfr", "random"), 30)
    assert sum(found) > 0
    assert sum(scores("leduc_poker", ("cfr", "random"), 10)) > 0


@pytest.mark.parametrize(("kind", "game"), PLAYABLE)
def test_a_match_is_repeated_by_its_seeds(kind: str, game: str) -> None:
    both = [scores(game, (kind, "random"), 4) for _ in range(2)]
    assert both[0] == both[1]


@pytest.mark.parametrize(("kind", "game"), PLAYABLE)
def test_an_agent_answers_from_a_turn_alone_with_a_legal_action(kind: str, game: str) -> None:
    agent = seat(kind, game)
    state = start(catalog.load(game), 5, fmt=catalog.load(game).facts.rated)
    told = turn(state, agent)
    assert {type(value) for value in (told.view, told.legal, told.ply, told.clock_s)} == {str, list, int, float}
    assert agent.act(told) in told.legal


def test_mcts_reads_the_moves_of_its_view_and_no_more() -> None:
    agent = seat("mcts", "tic_tac_toe", spec={"simulations": 2000})
    view = json.dumps({"moves": ["a1", "b2", "b1", "c3"]})
    assert agent.act(Turn(view, [], 4, 10.0)) == "c1"


REFUSED = """
mcts kuhn_poker standard
mcts openspiel:pig standard
minimax connect_four standard
minimax kuhn_poker standard
cfr tic_tac_toe standard
cfr leduc_poker three_players
"""


@pytest.mark.parametrize(("kind", "game", "variant"), [line.split() for line in REFUSED.strip().splitlines()])
def test_what_a_kind_cannot_play_it_refuses_when_it_is_seated(kind: str, game: str, variant: str) -> None:
    with pytest.raises(CannotPlay, match=f"{kind} cannot play {game}"):
        seat(kind, game, variant)


@pytest.mark.parametrize("kind", MINE)
def test_each_kind_says_what_it_needs_and_takes(kind: str) -> None:
    literal = KINDS.literal(kind, "KIND")
    jsonschema.Draft202012Validator.check_schema(literal["spec"])
    assert set(literal["needs"]) <= {"information", "chance", "engine", "oracle", "playouts", "solved", "variant"}
    assert literal["spec"]["additionalProperties"] is False
    assert KINDS.summary(kind).endswith(".") or len(KINDS.summary(kind)) > 20
    jsonschema.validate({}, literal["spec"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"no_such_setting": 1}, literal["spec"])


@pytest.mark.parametrize(
    "spec", [{"simulations": 0}, {"simulations": 100_001}, {"simulations": 1.5}, {"exploration": 0}]
)
def test_the_schema_of_mcts_bounds_its_search(spec: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec, KINDS.literal("mcts", "KIND")["spec"])
