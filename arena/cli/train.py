"""Train a policy by self-play: launch a recipe as a job, and follow it."""

from pathlib import Path
from typing import Annotated

import typer

from arena.cli.shared.following import follow as follow_job
from arena.cli.shared.jobs import PARTS, Follow, read_plain, show_job
from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import AsJson
from arena.core.brief import brief
from arena.core.errors import BadRequest

app = typer.Typer(add_completion=False)
KIND = "train"


@app.command()
def train(
    file: Annotated[Path, typer.Argument(help="A recipe, TOML or JSON, like those in examples/train.")], *,
    follow: Follow = False, as_json: AsJson = False, url: Url = None,
) -> None:  # fmt: skip
    """Train a policy by self-play. The job has the recipe's name; the key is ARENA_API_KEY, else the admin key."""
    recipe = read_plain(file)
    if set(PARTS) == recipe.keys() and recipe["kind"] == KIND:
        recipe = recipe["spec"]  # the same as a body for POST /api/v1/jobs
    elif {"kind", "spec"} <= recipe.keys():
        what = f"{file} is a job of kind {brief(repr(recipe['kind']), 100)}, and no recipe."
        raise BadRequest(what, todo=f"Launch it with `arena jobs launch {file}`.")
    with arena_at(url, with_key=True) as arena:
        job = arena.launch(recipe.get("name", file.stem), KIND, recipe)
        if follow:
            job = follow_job(arena, job, quiet=as_json)
        show_job(job, as_json=as_json)
