"""A checkpoint comes in through the front door: submitted as a player version like anybody's, and rated like it."""

from arena.flow.submit import Submission
from workers.jobs.training.keeping import Checkpoint
from workers.jobs.work import Work
from workers.learner.spec import Spec


def promote(work: Work, spec: Spec, made: Checkpoint, update: int) -> None:
    """Note the checkpoint and, where the spec wants it, submit it under the job's name. Raises `JobLost`.

    It is a player for what it was trained on as it would be rated; `games` without any would mean all of them.
    """
    seat = {"checkpoint": made.folder, "content_hash": made.manifest["content_hash"]}
    asked = spec.checkpoints
    new = Submission(asked.player or spec.name, "checkpoint", seat, asked.league, games=spec.rated)
    work.checkpointed(update, made.folder, made.manifest, new if asked.promote and spec.rated else None)
