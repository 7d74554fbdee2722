"""What a deployment's files may say of the arena: command lines it understands, variables it reads, its image."""

import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import typer

from arena.cli import main
from arena.core.settings import Settings
from workers.match import head

VARIABLES = frozenset(f"ARENA_{name.upper()}" for name in Settings.model_fields)
PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
IMAGE = f"{PROJECT['name']}:{PROJECT['version']}"
SECRET_NAME = re.compile("PASSWORD|TOKEN|SECRET|AUTH$|_KEY|(?<!ARTIFACTS_)URL")


def check_words(words: list[str]) -> None:
    """Parse the words after `arena` as the program itself would, without running them; what is wrong raises."""
    name, *rest = words
    assert name not in main.HIDDEN
    command: Any = typer.main.get_command(main.COMMANDS.load(name).app)
    context = command.make_context(name, rest)
    if hasattr(command, "resolve_command"):
        under, command, rest = command.resolve_command(context, rest)
        command.make_context(under, rest, parent=context)


def arena_words(entrypoint: list[str] | None, command: list[str]) -> list[str] | None:
    """The words after `arena` in a container's command line, also at the end of a shell's; None for another program."""
    if not entrypoint:
        return command
    if entrypoint[0].endswith("/sh"):
        last = shlex.split(command[-1].rpartition("&&")[2])
        assert last[:2] == ["exec", "arena"]  # exec: signals reach the arena, not the shell
        return last[2:]
    return [*entrypoint[1:], *command] if entrypoint[0] == "arena" else None


def check_variables(names: list[str]) -> None:
    """Every ARENA_* variable is one that the arena reads."""
    assert {n for n in names if n.startswith("ARENA_")} <= VARIABLES


def check_rotation(environment: dict[str, str]) -> bool:
    """Ray's own logs are bounded as those of the Ray that `arena up` starts."""
    here = head.environment(Path(os.devnull))
    return {k: v for k, v in environment.items() if "ROTATION" in k} == {
        k: v for k, v in here.items() if "ROTATION" in k
    }
