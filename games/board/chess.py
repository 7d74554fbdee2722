"""Chess, with shuffled starts (as in Chess960) held out: what was learnt by heart of openings does not help there."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyspiel

from arena.core.chance import Chance
from games.chessboard import KNIGHT, SLANTED, STRAIGHT, gain, grid_of, men_of, on_board, square
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    from pyspiel import chess

PLIES = 200
FACTS = Facts(
    name="chess", title="Chess", family="board", chance=False, hidden=False, payoff="zero_sum",
    rated=Format(opening_plies=4), engine="openspiel", oracle="search", playouts="slow",
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
)  # fmt: skip
SIDES = ("black", "white")
LAST_STEP = ((1, 0), (6, 7))
"""OpenSpiel's first player is Black."""
_SAID: tuple[dict[int, int], dict[int, int]] = ({}, {})
"""Of each side: the ids of OpenSpiel's actions, as they are met. It counts as the side to move sees the board."""


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

    __slots__ = ("_last", "_ways")
    spiel: "pyspiel.ChessState"

    def __init__(self, rules: SpielRules, variant: str, chance: Chance) -> None:
        self._ways: dict[int, int] | None = None
        self._last = ""
        super().__init__(rules, variant, chance)

    def at(self, spiel: "pyspiel.State", chance: Chance) -> "Chess":
        copy = super().at(spiel, chance)
        assert isinstance(copy, Chess)
        copy._ways, past = None, copy.spiel.moves_history()
        copy._last = copy._uci(past[-1]) if past else ""
        copy._stop()
        return copy

    def legal_ids(self) -> list[int]:
        return sorted(self._here())

    def accepts(self, action: str) -> bool:
        return self.ids.get(action) in self._here()

    def apply_id(self, action: int) -> None:
        self.spiel.apply_action(self._here()[action])
        self._ways, self._last = None, self.names[action]
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
            actions = self.spiel.legal_actions() if self.seat != OVER else []
            known = _SAID[self.seat] if self.variant != "shuffled" else {}
            self._ways = {known[a] if a in known else self._learn(a, known): a for a in actions}
        return self._ways

    def _learn(self, action: int, known: dict[int, int]) -> int:
        """The id of a legal move, which is noted where it is the same in every position."""
        move = pyspiel.chess.action_to_move(action, self.spiel.board())
        found = self.ids[self._uci(move)]
        last = (move.from_square.y, move.to_square.y) == LAST_STEP[self.seat]  # a pawn there becomes a queen
        if not last:
            known[action] = found
        return found

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
        sides = ". ".join(f"{side.title()} has: {men}" for side, men in zip(reversed(SIDES), men_of(fen), strict=True))
        rights = f"Castling rights, as FEN writes them: {castling}. " if castling != "-" else "No castling is left. "
        skipped = f"The square a pawn has just passed over: {passing}. " if passing != "-" else ""
        last = f"The last move was {self._last}. " if self._last else ""
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


def _drawn(fen: str) -> str:
    lines = [f"{y + 1} {' '.join(row)}" for y, row in enumerate(grid_of(fen))]
    return "\n".join([*lines[::-1], "  a b c d e f g h"])


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """The move that takes most, less what may be taken back there; checks, the centre and pawns' steps break ties."""
    grid = grid_of(seen["fen"])
    worth = {move: gain(grid, move) for move in legal}
    best = max(worth.values())
    return rng.choice([move for move in legal if worth[move] == best])


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
    first = {move: gain(grid, move) + 1e-6 * rng.random() for move in legal}
    found: dict[str, float] = {}
    for move in sorted(legal, key=first.__getitem__, reverse=True):
        after = state.clone()
        after.play(move)
        if after.seat == OVER:
            found[move] = 100 * after.returns()[state.seat]
        elif len(found) < LOOKED_AT:
            there, answers = grid_of(str(after.spiel)), after.legal()
            answer = max(gain(there, answer) for answer in answers)
            found[move] = first[move] - answer - ROOM * len(answers) - STALE * (_placed(after) in met)
    return max(found, key=found.__getitem__)


def _placed(state: SpielState) -> str:
    """Where the pieces stand and whose turn it is, without the counts of moves."""
    return str(state.spiel).rsplit(" ", 2)[0]


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy, "oracle": oracle}
