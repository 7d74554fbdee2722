"""How a command that runs parts of the arena logs: its flag, and its start."""

import logging
import os
from typing import Annotated

import typer

from arena.core import logs
from arena.core.errors import ArenaError
from arena.core.redaction import know_settings, redact
from arena.core.settings import Settings

VARIABLE = "ARENA_LOG_JSON"


def _choose(chosen: bool) -> bool:
    """As a variable: the parts that are started from here log alike."""
    if chosen:
        os.environ[VARIABLE] = "1"
    return chosen


LogJson = Annotated[
    bool, typer.Option("--log-json", callback=_choose, help=f"Log JSON, an object a line. As {VARIABLE}=1.")
]


def start_logging(process: str, settings: Settings) -> None:
    """Log to standard error, without the secrets this process was given."""
    know_settings(settings)
    logs.start(process, as_json=settings.log_json)


def tell(error: ArenaError) -> None:
    """Say why the command ends: a line for a person, or a record where this process logs JSON."""
    if logs.in_json():
        logging.getLogger("arena").critical("%s", error, extra={"code": error.code})
    else:
        typer.echo(redact(f"arena: {error}  [{error.code}]"), err=True)
