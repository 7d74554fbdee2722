"""A checkpoint comes in through the front door: submitted as a player version like anybody's, and rated like it."""

from arena.flow.submit import Submission
from workers.jobs.training.keeping import Checkpoint
from workers.jobs.work import Work
from workers.learner.spec import Spec


def promote(work: Work, spec: Spec, made: Checkpoint, update: int) -> None:
    """Note the checkpoint and, where the spec wants it, submit it under the job's name. Raises `JobLost`."""
    games = tuple(sorted({game.name for game in spec.games}))
    seat = {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"]}
    new = Submission(spec.checkpoints.player or spec.name, "checkpoint", seat, games=games)
    work.checkpointed(update, made.folder, made.manifest, new if spec.checkpoints.promote else None)
