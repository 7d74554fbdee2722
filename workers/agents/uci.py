"""A chess engine that the operator has installed, such as Stockfish, spoken to in UCI. One process a seat."""

import asyncio
import json
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from arena.core.agents import Ending, Table, Turn
from arena.core.errors import CannotPlay, OwnFault
from arena.embedded.identity import tie

KIND = {
    "needs": {"game": "chess"},
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "engine": {"enum": ["stockfish"], "default": "stockfish", "description": "A program on the hosts' PATH."},
            "nodes": {
                "type": "integer",
                "minimum": 1,
                "maximum": 100_000_000,
                "description": "Positions searched for a move: the same on every machine. 10,000 if no limit is given.",
            },
            "depth": {"type": "integer", "minimum": 1, "maximum": 40},
            "movetime_ms": {
                "type": "integer",
                "minimum": 1,
                "maximum": 60_000,
                "description": "Depends on the machine, so matches cannot be repeated.",
            },
            "skill": {"type": "integer", "minimum": 0, "maximum": 20, "description": "Stockfish's `Skill Level`."},
            "elo": {
                "type": "integer",
                "minimum": 500,
                "maximum": 4000,
                "description": "`UCI_Elo`, as the engine counts.",
            },
            "hash_mb": {"type": "integer", "minimum": 1, "maximum": 256, "default": 16},
        },
    },
}
PLACES = "/usr/games"
"""Where Debian installs engines, which is not on every PATH."""
LIMITS = {"nodes": "nodes", "depth": "depth", "movetime_ms": "movetime"}
NODES = 10_000
COMFORT = ("Threads", "Hash")
"""Options that an engine may lack."""
START_S = 20.0
QUIT_S = 1.0
LINE_BYTES = 1 << 20
TODO = "See that the engine runs on the match hosts; the match is played again."


class UciAgent:
    """Plays one seat. The engine starts with the first move, and never outlives the match."""

    view: str | None = "json"

    def __init__(self, command: tuple[str, ...], table: Table, spec: Mapping[str, Any]) -> None:
        self._command, self._spec = command, spec
        self._shuffled = table.variant == "shuffled"
        self._process: Process | None = None

    async def act(self, turn: Turn) -> str:
        """The engine's move.

        Raises:
            OwnFault: the engine cannot be started, or has ended: it is the arena's own.
        """
        seen = json.loads(turn.view)
        try:
            if self._process is None:
                await self._start()
            moves = " ".join(seen["moves"])
            self._say(f"position fen {seen['start']}{' moves ' if moves else ''}{moves}", self._go())
            return (await self._hear("bestmove"))[1]
        except (OSError, ValueError, IndexError) as error:  # a broken pipe, a line without end or without a move
            await self.over()
            raise OwnFault(f"The engine {self._command[-1]} failed: {error!r}.", todo=TODO) from error
        except BaseException:  # out of time: what it would say next answers nobody
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
            raise

    async def over(self, ending: Ending | None = None) -> None:
        """End the engine."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(QUIT_S):
                process.stdin.write(b"quit\n")  # type: ignore[union-attr]
                await process.wait()
                return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=LINE_BYTES
        )
        self._say("uci")
        async with asyncio.timeout(START_S):
            known = await self._options()
            for name, value in self._wanted().items():
                if name in known:
                    _check_range(known[name], value)
                    self._say(f"setoption name {name} value {value}")
                elif name not in COMFORT:
                    raise ValueError(f"it has no option {name}")
            self._say("ucinewgame", "isready")
            await self._hear("readyok")

    async def _options(self) -> dict[str, list[str]]:
        """What can be set, with the words that say how."""
        found: dict[str, list[str]] = {}
        while (words := await self._words())[:1] != ["uciok"]:
            if words[:2] == ["option", "name"] and "type" in words:
                at = words.index("type")
                found[" ".join(words[2:at])] = words[at:]
        return found

    def _wanted(self) -> dict[str, object]:
        wanted: dict[str, object] = {"Threads": 1, "Hash": self._spec.get("hash_mb", 16)}
        if self._shuffled:
            wanted["UCI_Chess960"] = "true"
        if "skill" in self._spec:
            wanted["Skill Level"] = self._spec["skill"]
        if "elo" in self._spec:
            wanted |= {"UCI_LimitStrength": "true", "UCI_Elo": self._spec["elo"]}
        return wanted

    def _go(self) -> str:
        limits = {word: self._spec[name] for name, word in LIMITS.items() if name in self._spec} or {"nodes": NODES}
        return " ".join(["go", *(f"{word} {value}" for word, value in limits.items())])

    def _say(self, *lines: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    async def _hear(self, first: str) -> list[str]:
        """The words of the next line that begins so; others are passed over."""
        while (words := await self._words())[:1] != [first]:
            pass
        return words

    async def _words(self) -> list[str]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise OSError("it has ended")
        return line.decode("utf-8", "replace").split()


def _check_range(option: list[str], value: object) -> None:
    for word, outside in (("min", int.__lt__), ("max", int.__gt__)):
        if isinstance(value, int) and word in option and outside(value, int(option[option.index(word) + 1])):
            raise ValueError(f"{value} is beyond what it takes: {' '.join(option)}")


def build(spec: dict[str, Any], table: Table) -> UciAgent:
    """An agent for one seat of one match.

    Raises:
        CannotPlay: it is not chess that is played, or the engine is not installed here.
    """
    if table.game != "chess":
        raise CannotPlay(f"uci cannot play {table.game}.", todo="Seat it at chess.")
    name = spec.get("engine", "stockfish")
    found = shutil.which(name) or shutil.which(name, path=PLACES)
    if found is None:
        what = f"The engine {name!r} is not installed here."
        raise CannotPlay(what, todo=f"Install it on every match host, for example with `apt install {name}`.")
    return UciAgent((*_tied(), found), table, spec)


@cache
def _tied() -> tuple[str, ...]:
    """Words that end the engine with the host that started it, however that ends."""
    return tie("KILL")
