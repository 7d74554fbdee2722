"""Play as a bot: a function of yours answers for a player that connects outwards."""

import importlib
import sys
from typing import Annotated, Any

import typer

from arena.cli.shared.playing import telling_life, watching
from arena.cli.shared.remote import Url, arena_at
from arena.client import Client, ClientError
from arena.core.errors import BadRequest, UnknownPlayer
from arena.core.nearest import did_you_mean

app = typer.Typer(add_completion=False)


@app.command()
def bot(
    function: Annotated[str, typer.Argument(metavar="MODULE:FUNCTION", help="What plays: `act(observation)`.")], *,
    name: Annotated[str, typer.Option(help="The player's name; it is submitted if there is none.")],
    game: Annotated[list[str] | None, typer.Option(help="A game it plays; again for more. Without, all.")] = None,
    view: Annotated[str | None, typer.Option(help="The view it reads: prose, compact or json.")] = None,
    poll: Annotated[bool, typer.Option("--poll", help="Poll rather than open a WebSocket.")] = False,
    url: Url = None,
) -> None:  # fmt: skip
    """Connect as a bot and play until Ctrl-C. The key is ARENA_API_KEY, else the admin key in ARENA_HOME."""
    from arena.client import Bot

    act = _found(function)
    with arena_at(url, with_key=True) as arena:
        _check_free(arena, name)
        submitted = arena.submit(name, "bot", {"view": view} if view else {}, game or [])
        with watching() as tell, telling_life(arena, submitted, tell):
            playing = Bot(arena.url, arena.key or "", name, act, tell=tell, transport="poll" if poll else "auto")
            try:
                playing.run()
            except KeyboardInterrupt:
                tell("ended", {})


def _check_free(arena: Client, name: str) -> None:
    """A slip of the pen must not put a bot in the place of another player."""
    try:
        versions = arena.player(name)["versions"]
    except ClientError as error:
        if error.code == UnknownPlayer.code:
            return
        raise
    if versions[-1]["kind"] != "bot":
        what = f"The player {name!r} is of kind {versions[-1]['kind']!r}: a bot would take its place."
        raise BadRequest(what, todo="Choose another --name, or retire that player first and submit the bot over REST.")


def _found(function: str) -> Any:
    """The function, or the object with a method `act`, of that name; a class gives its object."""
    module, _, name = function.partition(":")
    if not module or not name:
        raise BadRequest(f"{function!r} names no function.", todo="Write MODULE:FUNCTION, as my_bot:act.")
    sys.path.insert(0, "")  # what the current directory holds, as for `python -m`
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        raise BadRequest(f"{module} cannot be imported: {error}.", todo="Run it where `import` finds it.") from None
    where = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [other for other in dir(found) if not other.startswith("_")]
            todo = f"{did_you_mean(part, known)}Write MODULE:FUNCTION, as my_bot:act."
            raise BadRequest(f"There is no {part!r} in {where}.", todo=todo)
        found, where = getattr(found, part), f"{where}.{part}"
    made = found() if isinstance(found, type) else found
    if not callable(made) and not callable(getattr(made, "act", None)):
        raise BadRequest(f"{function} is no function.", todo="Name one that takes an observation.")
    return made
