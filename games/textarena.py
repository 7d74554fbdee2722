"""The TextArena bridge: its games through our contract, as they are. Playable, and never rated: see docs/games.md.

An optional extra (`pip install "self-play-arena[textarena]"`). TextArena judges what it is sent by rules of its own,
draws from Python's global random stream (kept apart here), and lists no legal moves: any line of text is taken.
"""
# pyright: basic
# TextArena has no types, and is not there when types are checked.

import copy
import json
import random
import re
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from importlib.metadata import version
from io import StringIO
from typing import Any

import numpy as np

from arena.core.chance import Chance
from arena.core.errors import NoWorlds
from games.rules import OVER, Facts, Format, Rules, TextState, Variant

OFFERS = ("[0]", "[1]", "[2]", "[3]", "[4]", "[5]", "[6]", "[7]", "[8]", "[pass]")
"""What a player who cannot read may try: TextArena says nothing of what it takes."""
LONGEST = 500
MAX_PLIES = 2000
GAME = -1
"""Who speaks for the game, in TextArena's messages."""
NAMED = re.compile(r"^(?P<game>[A-Za-z0-9_.-]+?)(?:\(players=(?P<players>\d{1,2})\))?$")
RAW = "-raw"
"""The suffix of TextArena's environments without its wrappers, which would fold messages into one string."""


class Bridged(TextState):
    """A match, as the messages that each seat has got."""

    __slots__ = ("_env", "_heard", "_played", "_scores", "_streams")

    def __init__(self, rules: "TextArena", seed: int) -> None:
        self.rules, self.variant = rules, "standard"
        self._played: list[str] = []
        self._heard: list[list[tuple[int, str]]] = [[] for _ in range(rules.players)]
        self._scores = [0.0] * rules.players
        self._streams = random.Random(seed).getstate(), np.random.RandomState(seed & 0xFFFFFFFF).get_state()
        with self._apart():
            self._env = rules.make()
            self._env.reset(num_players=rules.players, seed=seed & 0x7FFFFFFF)
        self._listen(done=False)

    def accepts(self, action: str) -> bool:
        """What TextArena's own code can read. Some of its games fail on texts that they did not expect."""
        if not (0 < len(action) <= LONGEST and action.isprintable() and self.seat != OVER):
            return False
        after = copy.deepcopy(self)
        try:
            after.play(action)
        except Exception:  # whatever it is: the text is refused, and nothing has changed
            return False
        return True

    def play(self, action: str) -> None:
        with self._apart():
            done, _ = self._env.step(action)
        self._played.append(action)
        self._listen(done=bool(done) or len(self._played) >= MAX_PLIES)

    def returns(self) -> list[float]:
        return list(self._scores)

    def moves(self) -> list[str]:
        return list(self._played)

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        heard = self._heard[seat]
        if name == "prose":
            return "\n".join(f"[{self._who(sender)}] {_plain(text)}" for sender, text in heard)
        messages = [{"from": self._who(sender), "text": text} for sender, text in heard]
        scores = self.returns() if self.seat == OVER else None
        told = {"game": self.rules.facts.name, "seat": seat, "messages": messages, "scores": scores}
        return json.dumps(told if name == "json" else [seat, [[m["from"], m["text"]] for m in messages], scores])

    def key(self) -> str:
        return json.dumps([self._heard, self._scores, self.seat])

    def clone(self) -> "Bridged":
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Bridged":
        made = object.__new__(Bridged)
        made.rules, made.variant = self.rules, self.variant
        made._env = copy.deepcopy(self._env, memo)
        made._streams, made._played = self._streams, list(self._played)
        made._heard, made._scores = [list(one) for one in self._heard], list(self._scores)
        made.turn(self.seat, self.names)
        return made

    def determinize(self, seat: int, rng: Chance) -> "Bridged":
        what = f"Nobody can say what {self.rules.facts.name} hides from a seat."
        raise NoWorlds(what, todo="Search in games of the suite, or in OpenSpiel's.")

    def _who(self, sender: int) -> str:
        return "GAME" if sender == GAME else f"seat {sender}"

    def _listen(self, *, done: bool) -> None:
        """Take what each seat was told since, and note whose turn it is."""
        state = self._env.state
        for seat, heard in enumerate(self._heard):
            heard += [(sender, text) for sender, text, *_ in state.observations[seat]]
            state.observations[seat] = []
        if done:
            rewards = state.rewards or {}
            self._scores = [float(rewards.get(seat, 0.0)) + 0.0 for seat in range(len(self._heard))]
            self.turn(OVER, ())
        else:
            self.turn(state.current_player_id, OFFERS)

    @contextmanager
    def _apart(self) -> Generator[None]:
        """The match's own global random streams while TextArena runs."""
        with _kept():
            random.setstate(self._streams[0])
            np.random.set_state(self._streams[1])
            yield
            self._streams = random.getstate(), np.random.get_state()


class TextArena(Rules):
    """Rules of one game of TextArena's.

    Raises:
        ValueError: it has no such game, the extra is not installed, or so many players cannot sit at it.
    """

    def __init__(self, text: str) -> None:
        found = NAMED.fullmatch(text)
        if found is None:
            raise ValueError("write NAME or NAME(players=N)")
        self._game, self.players = found["game"], int(found["players"] or 2)
        try:
            self.make().reset(num_players=self.players, seed=0)
        except ModuleNotFoundError as error:
            raise ValueError(f'{error}: pip install "self-play-arena[textarena]"') from None
        except AssertionError as error:
            raise ValueError(f"{error}; write {self._game}(players=N)") from None
        except Exception as error:  # its games may fail in any way: some want data that are not here, or another Python
            raise ValueError(f"its game does not begin: {type(error).__name__}: {error}") from error
        self.facts = _facts(f"textarena:{text}", self._game, self.players)

    def make(self) -> Any:
        """A new environment of TextArena's, without its wrappers."""
        import textarena  # pyright: ignore[reportMissingImports] - an optional extra

        raw = self._game if self._game.endswith(RAW) else self._game + RAW
        return textarena.make(raw)  # pyright: ignore[reportAttributeAccessIssue]

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        self.check_variant(variant)
        return ()

    def start(self, seed: int, variant: str = "standard") -> Bridged:
        self.check_variant(variant)
        return Bridged(self, seed)


@lru_cache
def bridge(text: str) -> TextArena:
    """Rules of a game of TextArena's by its own name, for example `TicTacToe-v0` or `SecretMafia-v0(players=6)`."""
    with _kept():
        return TextArena(text)


@contextmanager
def _kept() -> Generator[None]:
    """Python's and NumPy's global random streams as they were, and nothing of what TextArena prints."""
    kept = random.getstate(), np.random.get_state()
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])


def _facts(name: str, game: str, players: int) -> Facts:
    return Facts(
        name=name, title=f"{game}, by TextArena", family="text", chance=True, hidden=True, payoff="general_sum",
        rated=Format(), oracle=None, engine_version=f"textarena {version('textarena')}", text=True,
        perfect_recall=frozenset({"prose", "compact", "json"}),
        how_to_play=f"{game}, by TextArena's rules: its first message tells them.",
        variants={"standard": Variant(utility=(-1, 1), max_plies=MAX_PLIES, seats=players)},
    )  # fmt: skip


def _plain(text: str) -> str:
    """ASCII, with what is not written out."""
    return text.encode("ascii", "backslashreplace").decode()
