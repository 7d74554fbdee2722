"""Chess, with shuffled starts (as in Chess960) held out: what was learnt by heart of openings does not help there."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyspiel

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    from pyspiel import chess

PLIES = 200
FACTS = Facts(
    name="chess",
    title="Chess",
    family="board",
    chance=False,
    hidden=False,
    payoff="zero_sum",
    rated=Format(opening_plies=4),
    engine="openspiel",
    oracle="search",
    perfect_recall=frozenset({"json", "pgn"}),
    how_to_play=(
        "Chess by its usual rules, White first. Checkmate wins. It is a draw by stalemate, when a position comes about "
        "for the third time, after 50 moves of each side without a capture or a pawn's move, when neither side has "
        f"pieces enough to mate, and after {PLIES // 2} moves of each side in all; draws need not be claimed. A move "
        "is written in UCI's way: the square left and the square entered, such as e2e4, with q, r, b or n added for "
        "what a pawn becomes on the last row (a7a8q). Castling is the king's move of two squares (e1g1). Where the "
        "pieces start shuffled on the first row, castling brings king and rook to where they would stand after it in "
        "usual chess, and is written as the king taking its own rook (f1h1)."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=PLIES),
        "shuffled": Variant(utility=(-1, 1), max_plies=PLIES, split="heldout", parameters={"chess960": "true"}),
    },
    more_views=("pgn", "ascii"),
    scripts=frozenset({"greedy", "oracle"}),
    playouts="slow",
)
SIDES = ("black", "white")
"""OpenSpiel's first player is Black."""
PIECES = {"k": "king", "q": "queen", "r": "rook", "b": "bishop", "n": "knight", "p": "pawn"}
KNIGHT = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))
STRAIGHT = ((0, 1), (1, 0), (0, -1), (-1, 0))
SLANTED = ((1, 1), (1, -1), (-1, -1), (-1, 1))

Square = tuple[int, int]
"""File and rank, from 0."""


def square(at: Square) -> str:
    """The name of a square: (4, 0) is e1."""
    return f"{chr(97 + at[0])}{at[1] + 1}"


def on_board(x: int, y: int) -> bool:
    return 0 <= x < 8 and 0 <= y < 8


def _every_move() -> Iterator[str]:
    """Every move that UCI can write, whoever makes it: as a queen or a knight goes, and what pawns become."""
    for x, y in ((x, y) for x in range(8) for y in range(8)):
        leaps = [*KNIGHT, *((dx * n, dy * n) for dx, dy in STRAIGHT + SLANTED for n in range(1, 8))]
        yield from (square((x, y)) + square((x + dx, y + dy)) for dx, dy in leaps if on_board(x + dx, y + dy))
        if y in {1, 6}:
            last = 0 if y == 1 else 7
            files = [file for file in (x - 1, x, x + 1) if on_board(file, last)]
            yield from (square((x, y)) + square((file, last)) + piece for file in files for piece in "qrbn")


MOVES = tuple(sorted(_every_move()))


class Chess(SpielState):
    """A position. Its action ids count `MOVES`; OpenSpiel's count moves as seen by the side that makes them."""

    __slots__ = ("_ways",)
    spiel: "pyspiel.ChessState"

    def __init__(self, rules: SpielRules, variant: str, chance: Chance) -> None:
        self._ways: dict[int, int] | None = None
        super().__init__(rules, variant, chance)

    def at(self, spiel: "pyspiel.State", chance: Chance) -> "Chess":
        copy = super().at(spiel, chance)
        assert isinstance(copy, Chess)
        copy._ways = None
        copy._stop()
        return copy

    def legal_ids(self) -> list[int]:
        return sorted(self._here())

    def accepts(self, action: str) -> bool:
        return self.ids.get(action) in self._here()

    def apply_id(self, action: int) -> None:
        self.spiel.apply_action(self._here()[action])
        self._ways = None
        self._settle()
        self._stop()

    def moves(self) -> list[str]:
        return [self._uci(move) for move in self.spiel.moves_history()]

    def name_of(self, spiel_action: int) -> str:
        return next(self.names[i] for i, action in self._here().items() if action == spiel_action)

    def view(self, seat: int, name: str) -> str:
        fen = str(self.spiel)
        if name == "compact":
            return fen
        if name == "json":
            known = {"you": SIDES[seat], "fen": fen, "start": self.spiel.start_fen(), "result": self._result()}
            return json.dumps({**known, "moves": self.moves()})
        if name == "pgn":
            return self._pgn(seat)
        self.rules.check_view(name)
        greeting = f"Chess. You are {SIDES[seat].title()}. {self._turn()}"
        return f"{greeting}\n{_drawn(fen)}" if name == "ascii" else f"{greeting} {self._told(fen)}"

    def _here(self) -> dict[int, int]:
        """OpenSpiel's action of each legal move."""
        if self._ways is None:
            board, ids = self.spiel.board(), self.ids
            actions = self.spiel.legal_actions() if self.seat != OVER else []
            self._ways = {ids[self._uci(pyspiel.chess.action_to_move(a, board))]: a for a in actions}
        return self._ways

    def _uci(self, move: "chess.Move") -> str:
        if self.variant != "shuffled" or not move.is_castling():
            return move.to_lan()
        king, row = move.from_square, grid_of(self.spiel.start_fen())[0]
        rooks = [file for file, piece in enumerate(row) if piece == "R"]
        return square((king.x, king.y)) + square((rooks[move.to_square.x == 6], king.y))

    def _stop(self) -> None:
        # The number of moves is cheap to ask, but counts the draw of a shuffled start as one.
        if self.spiel.move_number() >= PLIES and len(self.spiel.moves_history()) >= PLIES:
            self.seat = OVER

    def _result(self) -> str:
        if self.seat != OVER:
            return "*"
        return {0.0: "1/2-1/2", 1.0: "0-1", -1.0: "1-0"}[self.returns()[0]]

    def _turn(self) -> str:
        if self.seat != OVER:
            return f"{SIDES[self.seat].title()} is to move."
        return {"1-0": "White has won.", "0-1": "Black has won.", "1/2-1/2": "It is a draw."}[self._result()]

    def _told(self, fen: str) -> str:
        """The position in words."""
        _, _, castling, passing, quiet, _ = fen.split()
        grid, moves = grid_of(fen), self.moves()
        sides = ". ".join(f"{side.title()} has: {_men(grid, side)}" for side in reversed(SIDES))
        rights = f"Castling rights, as FEN writes them: {castling}. " if castling != "-" else "No castling is left. "
        skipped = f"The square a pawn has just passed over: {passing}. " if passing != "-" else ""
        last = f"The last move was {moves[-1]}. " if moves else ""
        return f"{sides}. {rights}{skipped}{last}Plies since a capture or a pawn's move: {quiet}."

    def _pgn(self, seat: int) -> str:
        start, said = self.spiel.start_fen(), list[str]()
        state = self.spiel.get_game().new_initial_state(start)
        for number, step in enumerate(step for step in self.spiel.full_history() if step.player >= 0):
            count = f"{number // 2 + 1}. " if number % 2 == 0 else ""
            said.append(count + state.action_to_string(step.player, step.action))
            state.apply_action(step.action)
        sides = [f'[{side.title()} "{"you" if SIDES[seat] == side else "the other"}"]' for side in reversed(SIDES)]
        setup = [f'[SetUp "1"]\n[FEN "{start}"]'] if self.variant == "shuffled" else []
        return "\n".join([*sides, *setup, " ".join([*said, self._result()])])


class _Rules(SpielRules):
    state_class = Chess

    def action_names(self, game: pyspiel.Game) -> tuple[str, ...]:
        return MOVES

    def told(self, variant: str, seen: Mapping[str, Any]) -> SpielState:
        template = Chess(self, variant, Chance(0))
        state = template.at(self.game(variant).new_initial_state(str(seen["start"])), Chance(0))
        for name in seen["moves"]:
            state.play(name)
        return state


def grid_of(fen: str) -> list[str]:
    """The board of a FEN, rank 1 first, so that `grid[y][x]` is a piece or a point."""
    rows = fen.split(maxsplit=1)[0].split("/")[::-1]
    return ["".join("." * int(c) if c.isdigit() else c for c in row) for row in rows]


def _drawn(fen: str) -> str:
    lines = [f"{y + 1} {' '.join(row)}" for y, row in enumerate(grid_of(fen))]
    return "\n".join([*lines[::-1], "  a b c d e f g h"])


def _men(grid: Sequence[str], side: str) -> str:
    found: list[str] = []
    for letter, name in PIECES.items():
        mark = letter.upper() if side == "white" else letter
        squares = [square((x, y)) for y, row in enumerate(grid) for x, c in enumerate(row) if c == mark]
        if squares:
            found.append(f"{name}{'s' if len(squares) > 1 else ''} {' '.join(squares)}")
    return "; ".join(found)


WORTH = {"p": 1.0, "n": 3.0, "b": 3.0, "r": 5.0, "q": 9.0, "k": 0.0, ".": 0.0}


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """The move that takes most, less what may be taken back there; checks, the centre and pawns' steps break ties."""
    grid = grid_of(seen["fen"])
    worth = {move: _gain(grid, move) for move in legal}
    best = max(worth.values())
    return rng.choice([move for move in legal if worth[move] == best])


def _gain(grid: Sequence[str], move: str) -> float:
    x, y, to_x, to_y = (ord(c) - ord("a1"[i % 2]) for i, c in enumerate(move[:4]))
    piece, taken = grid[y][x], grid[to_y][to_x]
    white = piece.isupper()
    if taken != "." and taken.isupper() == white:
        return 0.5  # castling, written as the king taking its own rook
    after = [list(row) for row in grid]
    put = move[4:].upper() if white else move[4:]
    after[y][x], after[to_y][to_x] = ".", put or piece
    gain = WORTH[taken.lower()] + (WORTH[put.lower()] - 1.0 if put else 0.0)
    if any(c != "." and c.isupper() != white and attacks(after, at, (to_x, to_y)) for at, c in _men_on(after)):
        kept = any(
            c != "." and c.isupper() == white and at != (to_x, to_y) and attacks(after, at, (to_x, to_y))
            for at, c in _men_on(after)
        )
        gain -= WORTH[after[to_y][to_x].lower()] * (0.7 if kept else 1.0)
    king = next(at for at, c in _men_on(after) if c == ("k" if white else "K"))
    onward = 0.05 * (to_y if white else 7 - to_y) * (piece in "pP")
    return gain + 0.3 * attacks(after, (to_x, to_y), king) + 0.01 * (7 - abs(2 * to_x - 7)) + onward


USUAL = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1"
LOOKED_AT = 6
"""Moves that are followed to the answer."""
ROOM = 0.03
"""What an answer less is worth, in pawns: a king without room can be mated."""
STALE = 2.0
"""What coming back to a position costs, in pawns: else it would repeat its best check until that is a draw."""


def oracle(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Mates where it can. Else takes what gains most with the other's best answer, of the moves that look best."""
    state = RULES.told("standard" if seen["start"] == USUAL else "shuffled", {**seen, "moves": []})
    met = {_placed(state)}
    for move in seen["moves"]:
        state.play(move)
        met.add(_placed(state))
    grid = grid_of(seen["fen"])
    first = {move: _gain(grid, move) + 1e-6 * rng.random() for move in legal}
    found: dict[str, float] = {}
    for move in sorted(legal, key=first.__getitem__, reverse=True):
        after = state.clone()
        after.play(move)
        if after.seat == OVER:
            found[move] = 100 * after.returns()[state.seat]
        elif len(found) < LOOKED_AT:
            there, answers = grid_of(str(after.spiel)), after.legal()
            answer = max(_gain(there, answer) for answer in answers)
            found[move] = first[move] - answer - ROOM * len(answers) - STALE * (_placed(after) in met)
    return max(found, key=found.__getitem__)


def _placed(state: SpielState) -> str:
    """Where the pieces stand and whose turn it is, without the counts of moves."""
    return str(state.spiel).rsplit(" ", 2)[0]


def _men_on(grid: Sequence[Sequence[str]]) -> Iterator[tuple[Square, str]]:
    return (((x, y), c) for y, row in enumerate(grid) for x, c in enumerate(row) if c != ".")


def attacks(grid: Sequence[Sequence[str]], at: Square, target: Square) -> bool:
    """Whether the piece on one square could take on another, pins aside."""
    (x, y), dx, dy = at, target[0] - at[0], target[1] - at[1]
    piece = grid[y][x]
    far = max(abs(dx), abs(dy))
    if piece in "nN":
        return (dx, dy) in KNIGHT
    if piece in "pP":
        return abs(dx) == 1 and dy == (1 if piece == "P" else -1)
    if far == 0 or (piece in "kK" and far > 1):
        return False
    step = (dx // far, dy // far)
    ways = STRAIGHT if piece in "rR" else SLANTED if piece in "bB" else STRAIGHT + SLANTED
    reaches = step in ways and (step[0] * far, step[1] * far) == (dx, dy)
    return reaches and all(grid[y + n * step[1]][x + n * step[0]] == "." for n in range(1, far))


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy, "oracle": oracle}
