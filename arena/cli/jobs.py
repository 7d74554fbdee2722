"""Jobs of an arena: launch one from a file, list them, follow, pause, resume and cancel one."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from arena.cli.shared import following
from arena.cli.shared.jobs import Follow, read_job, show_job, table
from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import CONSOLE, AsJson, emit

app = typer.Typer(add_completion=False, no_args_is_help=True)
JobId = Annotated[UUID, typer.Argument(metavar="ID", help="The job's id.")]


@app.callback()
def jobs() -> None:
    """Long work that a job runner does. The key is ARENA_API_KEY, else the admin key in ARENA_HOME."""


@app.command()
def launch(
    file: Annotated[Path, typer.Argument(help="TOML or JSON with `name`, `kind` and `spec`.")], *,
    follow: Follow = False, as_json: AsJson = False, url: Url = None,
) -> None:  # fmt: skip
    """Launch a job from a file."""
    with arena_at(url, with_key=True) as arena:
        job = arena.launch(**read_job(file))
        if follow:
            job = following.follow(arena, job, quiet=as_json)
        show_job(job, as_json=as_json)


@app.command("list")
def list_(
    *, state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    as_json: AsJson = False, url: Url = None,
) -> None:  # fmt: skip
    """List jobs, newest first."""
    with arena_at(url, with_key=True) as arena:
        found = arena.jobs(state=state)
    if as_json:
        emit(found)
        return
    CONSOLE.print(table(found) if found else "no jobs yet", crop=False)


@app.command()
def show(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Show one job."""
    with arena_at(url, with_key=True) as arena:
        show_job(arena.job(str(job_id)), as_json=as_json)


@app.command()
def follow(job_id: JobId, *, url: Url = None) -> None:
    """Show a job's progress until it ends; exit code 1 when it fails."""
    with arena_at(url, with_key=True) as arena:
        show_job(following.follow(arena, arena.job(str(job_id))), as_json=False)


@app.command()
def pause(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Have a job save itself and end, so that it can go on later."""
    with arena_at(url, with_key=True) as arena:
        show_job(arena.pause_job(str(job_id)), as_json=as_json)


@app.command()
def resume(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Let a paused or failed job go on where it had got to."""
    with arena_at(url, with_key=True) as arena:
        show_job(arena.resume_job(str(job_id)), as_json=as_json)


@app.command()
def cancel(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """End a job for good."""
    with arena_at(url, with_key=True) as arena:
        show_job(arena.cancel_job(str(job_id)), as_json=as_json)
