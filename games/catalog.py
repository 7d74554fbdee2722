"""Every game by name: the registry over the game folders, and the way into PettingZoo."""

from typing import TYPE_CHECKING, Any, cast

from arena.core.errors import BrokenGame, UnknownGame
from arena.core.registry import Registry
from games.bridge import bridge
from games.rules import Format, Rules

if TYPE_CHECKING:
    from games.aec import GameEnv
    from games.parallel import ParallelGameEnv

REGISTRY = Registry("game", ("games.board", "games.card", "games.text", "games.debate"), UnknownGame)
PREFIX = "openspiel:"
TEXTARENA = "textarena:"


def names() -> list[str]:
    """Names of the curated games, sorted. Any OpenSpiel game can also be had as `openspiel:NAME(parameters)`, and, with
    the extra installed, any game of TextArena's as `textarena:NAME` or `textarena:NAME(players=N)`."""
    return REGISTRY.names()


def laddered() -> list[str]:
    """Names of the curated games that have an Elo ladder, sorted."""
    return [name for name in names() if load(name).facts.laddered]


def elsewhere(name: str) -> bool:
    """Whether the name is one of OpenSpiel's or TextArena's. Their own code makes such a game, in as much time and
    memory as its parameters ask for: never load one that a stranger names."""
    return name.startswith((PREFIX, TEXTARENA))


def load(name: str) -> Rules:
    """The rules of a game.

    Raises:
        UnknownGame: neither the suite nor OpenSpiel nor TextArena has it.
    """
    if name.startswith(TEXTARENA):
        return _text_arena(name)
    if name.startswith(PREFIX):
        return _bridged(name)
    try:
        return cast(Rules, REGISTRY.load(name).RULES)
    except (SyntaxError, AttributeError, ImportError) as error:
        what = f"The file of the game {name!r} defines no game: {type(error).__name__}: {error}."
        raise BrokenGame(what, todo="Let it set RULES: see docs/games.md, Adding a game.") from error


def make(
    name: str, variant: str = "standard", view: str = "prose", fmt: Format = Format(), **options: Any
) -> "GameEnv":
    """A PettingZoo AEC environment of a game. `options` are those of `GameEnv` (`text`, `tensor`, `render_mode`).

    Raises:
        UnknownGame, UnknownVariant, UnknownView: nothing of that name.
    """
    from games.aec import GameEnv  # PettingZoo: only for who steps an environment

    return GameEnv(load(name), variant, view, fmt, **options)


def make_parallel(
    name: str, variant: str = "standard", view: str = "prose", fmt: Format = Format(), **options: Any
) -> "ParallelGameEnv":
    """A PettingZoo parallel environment of a game whose seats move at once.

    Raises:
        NotSimultaneous, and what `make` raises.
    """
    from games.parallel import ParallelGameEnv

    return ParallelGameEnv(make(name, variant, view, fmt, **options))


def _text_arena(name: str) -> Rules:
    from games.textarena import bridge as text_arena

    try:
        return text_arena(name.removeprefix(TEXTARENA))
    except ValueError as error:
        fault = str(error).rstrip(".")
        raise UnknownGame(f"TextArena refuses {name!r}: {fault}.", todo="Give one of its names.") from error


def _bridged(name: str) -> Rules:
    # OpenSpiel's SpielError is a RuntimeError whose first line names the fault; the bridge's refusals are ValueErrors.
    try:
        return bridge(name.removeprefix(PREFIX))
    except (RuntimeError, ValueError) as error:
        fault = str(error).partition("\n")[0].rstrip(".")
        raise UnknownGame(f"OpenSpiel refuses {name!r}: {fault}.", todo="Give one of its game strings.") from error
