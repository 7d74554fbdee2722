"""Follows a job until it ends: a bar, and for training its numbers and a curve. Ctrl-C leaves the job running."""

import time
from typing import Any, Protocol

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from arena.cli.shared.jobs import how_far
from arena.cli.shared.screen import CONSOLE
from arena.cli.shared.training import Training
from arena.client import Client
from arena.core.errors import JobFailed

ENDED = ("done", "failed", "cancelled", "paused")
LOOK_S = 0.5
LEFT = 130
"""What shells expect of a command that was interrupted."""


class View(Protocol):
    """What is drawn of a job while it is followed."""

    def __enter__(self) -> object: ...
    def __exit__(self, *_: object) -> None: ...
    def draw(self, arena: Client, job: dict[str, Any]) -> None:
        """Draw it as it is now."""
        ...


class Silent:
    """Nothing at all."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def draw(self, arena: Client, job: dict[str, Any]) -> None:
        """Draw nothing."""


class Bar:
    """A bar of how far it is."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=CONSOLE)
        self._task = self._bar.add_task("queued", total=None)

    def __enter__(self) -> None:
        self._bar.start()

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def draw(self, arena: Client, job: dict[str, Any]) -> None:
        """Move the bar."""
        far: dict[str, Any] = job["progress"] or {}
        state = f"{job['name']}: {job['state']}"
        self._bar.update(self._task, description=state, completed=far.get("done", 0), total=far.get("of"))


def follow(arena: Client, job: dict[str, Any], *, quiet: bool = False) -> dict[str, Any]:
    """The job once it has ended.

    Raises:
        JobFailed: it did. typer.Exit: the person left; the job goes on.
    """
    view: View = Silent() if quiet else Training(job["spec"]) if job["kind"] == "train" else Bar()
    job_id = job["id"]
    try:
        with view:
            while True:
                job = arena.job(job_id)
                view.draw(arena, job)
                if job["state"] in ENDED:
                    break
                time.sleep(LOOK_S)
    except KeyboardInterrupt:
        typer.echo(
            f"The job goes on ({how_far(job) or job['state']}). Follow it again with `arena jobs follow {job_id}`, "
            f"end it with `arena jobs cancel {job_id}`.", err=True,
        )  # fmt: skip
        raise typer.Exit(LEFT) from None
    if job["state"] == "failed":
        raise JobFailed(job["reason"] or "The job failed.", todo=f"See `arena jobs show {job_id}`.")
    return job
