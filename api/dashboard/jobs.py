"""What the pages show of jobs: how far each is, and its numbers. Neither specs nor reasons: those are its owner's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from api.climbing import Checkpoint, climbing
from api.dashboard.chart import Chart, figure
from api.dashboard.curves import charts, counting, evaluations, watched
from api.hub import Hub
from arena.core.errors import UnknownJob
from arena.core.jobs import State
from arena.store import jobs, training

LISTED = 100
POINTS = 240
"""Of a curve: no screen shows more."""
FIGURES = {
    "matches": "Games played", "nashconv.last": "NashConv", "oracle.draw_vs_optimal": "Draws against perfect play",
    "entropy": "Entropy", "forfeits": "Forfeits", "learner_busy": "Learner busy", "rollout_busy": "Hosts busy",
}  # fmt: skip
SHARES = frozenset({"oracle.draw_vs_optimal", "forfeits", "learner_busy", "rollout_busy"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A job in a few words."""

    id: UUID
    name: str
    kind: str
    state: str
    done: int
    of: int
    unit: str
    created_at: datetime
    took_s: float | None
    """From its first run to its end, or until now."""

    @property
    def share(self) -> float:
        """How far it is, of 1."""
        return min(self.done / self.of, 1.0) if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One job at one moment. `seq` is the last event it surely reflects."""

    job: Listed
    games: list[str]
    figures: list[tuple[str, str]]
    charts: list[Chart]
    checkpoints: list[Checkpoint]
    seq: int


def listed(connection: Connection) -> list[Listed]:
    """The newest jobs, whoever launched them."""
    return [_listed(job) for job in jobs.page(connection, limit=LISTED)]


def known(connection: Connection, job_id: UUID) -> dict[str, Any]:
    """The row of a job. Raises `UnknownJob`."""
    found = jobs.page(connection, ids=[job_id])
    if not found:
        raise UnknownJob(f"There is no job {job_id}.", todo="The page /jobs lists them.")
    return found[0]


def shown(connection: Connection, hub: Hub, job_id: UUID) -> Shown:
    """Read a job. Raises `UnknownJob`."""
    seq = hub.at
    row = known(connection, job_id)
    spread = counting(training.thinned(connection, job_id, POINTS))
    kinds = evaluations(row["spec"])
    measured = {kind: counting(training.thinned(connection, job_id, POINTS, f"{kind}.")) for kind in kinds}
    climbed = climbing(connection, training.checkpoints(connection, job_id))
    return Shown(
        job=_listed(row),
        games=sorted({rating.ladder.partition("/")[0] for one in climbed for rating in one.ratings}),
        figures=_figures(spread, measured.values()),
        charts=charts(spread, measured, climbed, watched(row["spec"])),
        checkpoints=climbed[::-1],
        seq=seq,
    )


def _listed(job: dict[str, Any]) -> Listed:
    far: dict[str, Any] = job["progress"] or {"done": 0, "of": 0, "unit": ""}
    plain = ("id", "name", "kind", "state", "created_at")
    began: datetime | None = job["started_at"]
    until = job["ended_at"] or (datetime.now(UTC) if job["state"] == State.RUNNING else None)
    took_s = (until - began).total_seconds() if began and until else None
    return Listed(**{k: job[k] for k in plain}, done=far["done"], of=far["of"], unit=far["unit"], took_s=took_s)


def _figures(spread: Sequence[Any], measured: Any) -> list[tuple[str, str]]:
    """The newest numbers, in words."""
    newest: dict[str, float] = {}
    for rows in (*measured, spread):
        newest |= rows[-1].numbers if rows else {}
    told = [("Update", f"{spread[-1].step:,}")] if spread else []
    for name, word in FIGURES.items():
        if name in newest:
            told.append((word, f"{newest[name]:.0%}".replace("%", " %") if name in SHARES else figure(newest[name])))
    return told
