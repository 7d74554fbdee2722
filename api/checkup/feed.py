"""The state of the live feed: from the outbox, by the desk, through Redis, to whoever watches."""

from api.checkup import figures
from api.checkup.model import Part, Seen, State, waits
from api.checkup.readings import Stored, Streamed

SLOW_S = 2.0
STUCK_S = 15.0


def judge(seen: Seen) -> Part:
    """Whether what happens is told at once."""
    part = Part(name="feed", title="Live feed", detail="What happens is told at once.")
    if not isinstance(seen.stored, Stored):
        return waits(part, "PostgreSQL")
    now = seen.stored.vitals
    part.figures = [
        figures.UNTOLD.of("events not told yet", now.untold),
        figures.UNTOLD_AGE.of("oldest of them", now.untold_s),
    ]
    if not isinstance(seen.streamed, Streamed):
        return waits(part, "Redis")
    if now.untold and now.untold_s > SLOW_S:
        state: State = "critical" if now.untold_s > STUCK_S else "warning"
        what = f"An event has waited for {now.untold_s:.0f} s."
        return part.judged(state, "behind", what, "The desk tells them: see how it is, and `arena logs desk`.")
    return part
