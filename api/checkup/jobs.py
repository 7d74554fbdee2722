"""The state of the job runners. They show themselves by the jobs they claim and the leases they keep alive."""

from api.checkup import figures
from api.checkup.model import Part, Seen, waits
from api.checkup.readings import Stored
from arena.core.jobs import State
from arena.store.vitals import JobVitals

TAKEN_S = 15.0
"""An idle runner looks every second: when a job waits this long and none is running, there is none."""
START = "Start one: `arena up` does so by itself, else `arena run jobs`; see `arena logs jobs`."


def judge(seen: Seen) -> Part:
    """Whether jobs are taken and run."""
    part = Part(name="jobs", title="Job runner", detail="Jobs are being run.")
    if not isinstance(seen.stored, Stored):
        return waits(part, "PostgreSQL")
    now = seen.stored.vitals.jobs
    part.figures = [
        *(figures.JOBS.of(f"jobs {state.value}", now.states.get(state, 0), state.value) for state in State),
        figures.UNCLAIMED.of("longest wait for a runner", now.unclaimed_s),
        figures.OVERDUE.of("longest without its runner", now.lost_s),
    ]
    return _running(part, now)


def _running(part: Part, now: JobVitals) -> Part:
    running = now.states.get(State.RUNNING, 0)
    if running == now.lost and max(now.unclaimed_s, now.lost_s) > TAKEN_S:
        return part.judged("critical", "away", "Jobs wait, and no runner takes them.", START)
    if now.lost:
        return part.judged("warning", "lost a runner", "A runner is gone; its job goes on with the next.", START)
    if running:
        return part
    waiting = "Jobs wait for their next attempt." if now.states.get(State.QUEUED, 0) else "No job waits, and none runs."
    return part.judged("ok", "idle", waiting)
