"""The `arena` command. A command is one file in this folder; it is imported only when it is run.

Exit codes: 0 done; 1 an error of the arena's own, told in one line; 2 the command's words are wrong.
"""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from arena.core.errors import ArenaError, BadRequest
from arena.core.registry import Registry

HIDDEN = frozenset({"main"})
COMMANDS = Registry("command", ("arena.cli",), BadRequest)


class LazyGroup(TyperGroup):
    """Lists commands from their files' names and docstrings, and imports only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name in COMMANDS.names() if name not in HIDDEN]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command as the list of all shows it."""
        return _named(cmd_name) if cmd_name in self.list_commands(ctx) else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called: the only one that is imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and typer.main.get_command(COMMANDS.load(command.name or "").app), rest


def _named(name: str) -> Any:
    """A stand-in that carries a command's help without importing it."""
    stub = typer.Typer(add_completion=False)
    stub.command(name, help=COMMANDS.summary(name))(lambda: None)
    return typer.main.get_command(stub)


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    help="A self-hosted arena where language-model players and bots are rated by playing games.",
    epilog="Exit codes: 0 done; 1 an error, told in one line; 2 the command's words are wrong.",
)


@app.callback()
def _root() -> None:
    """Every command stands by itself."""


def main() -> None:
    """Run the command line; errors meant for a person become one line on standard error."""
    try:
        app()
    except ArenaError as error:
        from arena.cli.shared.logs import tell

        tell(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
