"""Jobs of an arena: launch one from a file, list them, follow, pause, resume and cancel one."""

import json
import time
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.client import Client
from arena.core.errors import BadRequest, JobFailed

app = typer.Typer(add_completion=False, no_args_is_help=True)
JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]
ENDED = ("done", "failed", "cancelled", "paused")
LOOK_S = 0.5


@app.callback()
def jobs() -> None:
    """Long work that a job runner does. The key is ARENA_API_KEY, else the admin key in ARENA_HOME."""


@app.command()
def launch(
    file: Annotated[Path, typer.Argument(help="TOML or JSON with `name`, `kind` and `spec`.")], *,
    follow: Annotated[bool, typer.Option("--follow", help="Show its progress until it ends.")] = False,
    as_json: AsJson = False, url: Url = None,
) -> None:  # fmt: skip
    """Launch a job from a file."""
    with arena_at(url, with_key=True) as arena:
        job = arena.launch(**_read(file))
        if follow:
            job = _follow(arena, job["id"], quiet=as_json)
    _show(job, as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False, url: Url = None) -> None:
    """List jobs, newest first."""
    with arena_at(url, with_key=True) as arena:
        found = arena.jobs()
    if as_json:
        emit(found)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    for title in ("name", "kind", "state", "progress", "reason"):
        table.add_column(title)
    for job in found:
        table.add_row(job["id"], Text(job["name"]), job["kind"], job["state"], _how_far(job), Text(job["reason"] or ""))
    CONSOLE.print(table if found else "no jobs yet")


@app.command()
def show(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Show one job."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.job(job_id), as_json=as_json)


@app.command()
def follow(job_id: JobId, *, url: Url = None) -> None:
    """Show a job's progress until it ends; exit code 1 when it fails."""
    with arena_at(url, with_key=True) as arena:
        _show(_follow(arena, job_id), as_json=False)


@app.command()
def pause(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Have a job save itself and end, so that it can go on later."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.pause_job(job_id), as_json=as_json)


@app.command()
def resume(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Let a paused or failed job go on where it had got to."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.resume_job(job_id), as_json=as_json)


@app.command()
def cancel(job_id: JobId, *, as_json: AsJson = False, url: Url = None) -> None:
    """End a job for good."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.cancel_job(job_id), as_json=as_json)


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text()
        read = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise BadRequest(f"{file} cannot be read: {error}.", todo="Give a TOML or JSON file.") from None
    try:
        job = {name: read[name] for name in ("name", "kind", "spec")}
        json.dumps(job, allow_nan=False)
    except KeyError as error:
        raise BadRequest(f"{file} lacks {error}.", todo="It needs `name`, `kind` and `spec`.") from None
    except (TypeError, ValueError) as error:
        todo = "It needs `name`, `kind` and `spec`, with values that JSON has: no dates, nan or inf."
        raise BadRequest(f"{file} is no job: {error}.", todo=todo) from None
    return job


def _follow(arena: Client, job_id: str, *, quiet: bool = False) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=CONSOLE, disable=quiet) as bar:
        task = bar.add_task("queued", total=None)
        while True:
            job = arena.job(job_id)
            far: dict[str, Any] = job["progress"] or {}
            state = f"{job['name']}: {job['state']}"
            bar.update(task, description=state, completed=far.get("done", 0), total=far.get("of"))
            if job["state"] in ENDED:
                break
            time.sleep(LOOK_S)
    if job["state"] == "failed":
        raise JobFailed(job["reason"] or "The job failed.", todo=f"See `arena jobs show {job_id}`.")
    return job


def _show(job: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(job)
        return
    CONSOLE.print(Text(f"{job['id']}  {job['name']} ({job['kind']})  {job['state']}  {_how_far(job)}"))
    if job["reason"]:
        CONSOLE.print(Text(job["reason"], style="red"))


def _how_far(job: dict[str, Any]) -> str:
    far = job["progress"]
    return f"{far['done']}/{far['of']} {far['unit']}" if far else ""
