"""A chess board as a FEN writes it: where the men stand, what they attack, and what a move gains at first sight."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

PIECES = {"k": "king", "q": "queen", "r": "rook", "b": "bishop", "n": "knight", "p": "pawn"}
MEN = {c.upper(): name for c, name in PIECES.items()} | PIECES
ONE = len(" a1")
SQUARES = [f"{file}{rank}" for rank in "12345678" for file in "abcdefgh"]
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


def grid_of(fen: str) -> list[str]:
    """The board of a FEN, rank 1 first, so that `grid[y][x]` is a piece or a point."""
    return [_spread(line) for line in _lines(fen)]


def men_of(fen: str) -> tuple[str, str]:
    """Where White's men stand, and Black's, by kind."""
    found: dict[str, str] = dict.fromkeys(MEN, "")
    for y, line in enumerate(_lines(fen)):
        for man, squares in _row(line, y):
            found[man] += squares
    told = [f"{MEN[man]}{'s' if len(at) > ONE else ''}{at}" if at else "" for man, at in found.items()]
    return "; ".join(filter(None, told[:6])), "; ".join(filter(None, told[6:]))


@lru_cache(maxsize=16_384)
def _row(line: str, y: int) -> tuple[tuple[str, str], ...]:
    """The men of one row, each kind with its squares: most rows stay as they are from one position to the next."""
    row = _spread(line)
    kinds = [man for man in MEN if man in row]
    return tuple((man, "".join(f" {SQUARES[8 * y + x]}" for x, c in enumerate(row) if c == man)) for man in kinds)


def _lines(fen: str) -> list[str]:
    """The rows of a FEN, rank 1 first."""
    return fen.split(maxsplit=1)[0].split("/")[::-1]


def _spread(line: str) -> str:
    """A row with a point for each empty square."""
    return "".join("." * int(c) if c.isdigit() else c for c in line)


WORTH = {"p": 1.0, "n": 3.0, "b": 3.0, "r": 5.0, "q": 9.0, "k": 0.0, ".": 0.0}


def gain(grid: Sequence[str], move: str) -> float:
    """What a move takes, in pawns, less what may be taken back; a little for checks, the centre and pawns' steps."""
    x, y, to_x, to_y = (ord(c) - ord("a1"[i % 2]) for i, c in enumerate(move[:4]))
    piece, taken = grid[y][x], grid[to_y][to_x]
    white = piece.isupper()
    if taken != "." and taken.isupper() == white:
        return 0.5  # castling, written as the king taking its own rook
    after = [list(row) for row in grid]
    put = move[4:].upper() if white else move[4:]
    after[y][x], after[to_y][to_x] = ".", put or piece
    won = WORTH[taken.lower()] + (WORTH[put.lower()] - 1.0 if put else 0.0)
    if any(c != "." and c.isupper() != white and attacks(after, at, (to_x, to_y)) for at, c in men_on(after)):
        kept = any(
            c != "." and c.isupper() == white and at != (to_x, to_y) and attacks(after, at, (to_x, to_y))
            for at, c in men_on(after)
        )
        won -= WORTH[after[to_y][to_x].lower()] * (0.7 if kept else 1.0)
    king = next(at for at, c in men_on(after) if c == ("k" if white else "K"))
    onward = 0.05 * (to_y if white else 7 - to_y) * (piece in "pP")
    return won + 0.3 * attacks(after, (to_x, to_y), king) + 0.01 * (7 - abs(2 * to_x - 7)) + onward


def men_on(grid: Sequence[Sequence[str]]) -> Iterator[tuple[Square, str]]:
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
