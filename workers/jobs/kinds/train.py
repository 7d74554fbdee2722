"""A language-model policy learns by self-play: rollout hosts play, the learner learns, checkpoints climb the ladder."""

import msgspec

from arena.core.errors import BadConfiguration, Unreachable
from arena.stream.redis import connect
from arena.stream.trajectories import Superseded
from workers.jobs.cluster import joined
from workers.jobs.training.crew import Crew
from workers.jobs.training.trainer import Trainer
from workers.jobs.work import Work
from workers.learner.spec import convert

JOB = {"spec": {"type": "object"}}


def run(work: Work) -> None:
    """Train from the last resume point until the budget is spent.

    Raises:
        BadTrainingSpec: the spec does not fit together. TrainingDiverged: there was nothing sound to go back to.
    """
    spec = convert(work.spec)
    if work.settings.redis_url is None:
        raise BadConfiguration("ARENA_REDIS_URL is not set.", todo="Name a Redis, or use `arena up`.")
    trainer = Trainer(work, spec, connect(work.settings.redis_url))
    with joined(work.settings):
        crew = Crew(work.settings, msgspec.to_builtins(spec), str(work.id), spec.rollout_hosts)
        try:
            trainer.run(crew)
        except Superseded as error:  # by an emptied Redis: the next run begins the stream anew
            raise Unreachable(error.what, todo="The job goes on from its resume point.") from None
        finally:
            crew.close()
