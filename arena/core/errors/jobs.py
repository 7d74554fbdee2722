"""Jobs, and training among them."""

from arena.core.errors.base import ArenaError


class UnknownJob(ArenaError):
    code = "job.unknown"


class JobEnded(ArenaError):
    """What was asked of a job cannot be had any more."""

    code = "job.ended"


class JobLost(ArenaError):
    """Another run of the job has taken over."""

    code = "job.lost"


class JobFailed(ArenaError):
    """It cannot succeed, however often it is tried."""

    code = "job.failed"


class BadTrajectory(ArenaError):
    """What came from a rollout host cannot be learnt from."""

    code = "trajectory.invalid"


class Superseded(ArenaError):
    """Another learner has begun on this job, or the job was deleted: this one must stop."""

    code = "trajectory.superseded"


class UnknownBackend(ArenaError):
    code = "policy.backend_unknown"


class UnknownPart(ArenaError):
    """An advantage, loss, regulariser, opponent, average or evaluation of a training spec that does not exist."""

    code = "training.part_unknown"


class BadTrainingSpec(ArenaError):
    code = "training.spec_invalid"


class TrainingDiverged(ArenaError):
    """A number is not finite, or a KL beyond its bound. The weights are still those of the last sound step."""

    code = "training.diverged"
