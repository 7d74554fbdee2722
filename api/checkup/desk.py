"""The state of the desk. It shows itself by asking Redis for reports every second, settled or not."""

from api.checkup import figures
from api.checkup.model import Figure, Part, Seen, waits
from api.checkup.readings import Stored, Streamed
from arena.store.vitals import WINDOW_S, Vitals

SILENT_S = 15.0
SLOW_S = 5.0
STUCK_S = 30.0
LAG_S = 2.0
START = "Start it: `arena up` does so by itself, else `arena run desk`; `arena logs desk` says why it ended."
BEHIND = "See `arena logs desk`, and whether PostgreSQL's disk keeps up."


def judge(seen: Seen) -> Part:
    """Whether it settles what comes."""
    part = Part(name="desk", title="Desk", detail="It settles what comes.", figures=_figures(seen))
    if not isinstance(seen.stored, Stored):
        return waits(part, "PostgreSQL")  # also a desk that asks for no reports: it waits in the middle of a batch
    told = seen.streamed
    if not isinstance(told, Streamed):
        return waits(part, "Redis")
    if told.desk_s is None or told.desk_s > SILENT_S:
        what = "It has never asked this Redis for reports."
        if told.desk_s is not None:
            what = f"It last asked for reports {told.desk_s:.0f} s ago."
        return part.judged("critical", "away", what, START)
    return _settling(part, told.desk_s, told.oldest_s, seen.stored.vitals)


def _settling(part: Part, silent_s: float, oldest_s: float, now: Vitals) -> Part:
    if oldest_s > STUCK_S:
        return part.judged("critical", "stuck", f"A report has waited for {oldest_s:.0f} s.", BEHIND)
    if max(silent_s, oldest_s) > SLOW_S or now.lag_s > LAG_S:
        return part.judged("warning", "behind", "Reports wait longer than they should.", BEHIND)
    if now.refused_lately:
        what = f"{now.refused_lately} results were refused in the last hour."
        return part.judged("warning", "refusing", what, "`arena logs desk` names their matches; their pages say why.")
    return part


def _figures(seen: Seen) -> list[Figure]:
    found: list[Figure] = []
    if isinstance(seen.streamed, Streamed):
        found.append(figures.BACKLOG.of("reports that wait", seen.streamed.backlog))
    if isinstance(seen.stored, Stored):
        now = seen.stored.vitals
        found += [
            figures.SETTLED.of("settled", now.settled / WINDOW_S),
            figures.LAG.of("from last ply to settled", now.lag_s),
            *(
                figures.REFUSED.of(f"refused, {kind.removeprefix('result.').replace('_', ' ')}", count, kind)
                for kind, count in sorted(now.refused.items())
            ),
        ]
    return found
