"""A small UCI engine for tests: it plays the first legal move that the chess package knows, and notes what it hears.

`python engine.py FOLDER MODE`. Modes: `plays`; `dies`, `hangs`, `babbles`, `mute` from the second move on.
"""

import os
import sys
import time
from pathlib import Path

import chess


def main() -> None:
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    (folder / f"pid-{os.getpid()}").touch()
    heard = (folder / f"heard-{os.getpid()}").open("a", buffering=1)
    board = chess.Board()
    asked = 0
    for line in sys.stdin:
        heard.write(line)
        match line.split():
            case ["uci"]:
                print("id name test\noption name Threads type spin default 1 min 1 max 8")
                print("option name Hash type spin default 16 min 1 max 32\noption name UCI_Chess960 type check")
                print("option name Skill Level type spin default 20 min 0 max 20\nuciok", flush=True)
            case ["isready"]:
                print("readyok", flush=True)
            case ["position", "fen", *rest]:
                board = chess.Board(" ".join(rest[:6]), chess960=True)
                for move in rest[7:]:
                    board.push(board.parse_uci(move))
            case ["go", *_]:
                asked += 1
                answer(board, mode if asked > 1 else "plays")
            case ["quit"]:
                return


def answer(board: chess.Board, mode: str) -> None:
    if mode == "dies":
        os._exit(3)
    if mode == "hangs":
        time.sleep(600)
    if mode == "babbles":
        sys.stdout.write("x" * (2 << 20))
    if mode == "mute":
        print("bestmove", flush=True)
        return
    legal = sorted(board.uci(move) for move in board.legal_moves)
    print(f"info depth 1 nodes 1\nbestmove {legal[0]} ponder {legal[-1]}", flush=True)


if __name__ == "__main__":
    main()
