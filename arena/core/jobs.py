"""Kinds of jobs: long work that a job runner does. A kind is one file under `workers/jobs/kinds`.

Such a file defines a `JOB` literal, whose `spec` is a JSON schema, and `run(work)`. See `workers.jobs.work`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from arena.core.errors import UnknownKind
from arena.core.registry import Registry

KINDS = Registry("job kind", ("workers.jobs.kinds",), UnknownKind)
"""Read from their files without importing them: who launches a job does not load what it needs."""


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Wish(StrEnum):
    """What somebody wants of a job that runs; whoever runs it sees to it."""

    PAUSE = "pause"
    CANCEL = "cancel"

    @property
    def state(self) -> State:
        """Where the job is once it has been seen to."""
        return State.PAUSED if self is Wish.PAUSE else State.CANCELLED


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `of` `unit`s, all of them kept; `told` is whatever else its kind has to tell."""

    done: int
    of: int
    unit: str
    told: dict[str, Any]
