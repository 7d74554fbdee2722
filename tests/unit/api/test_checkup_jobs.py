"""What makes the job runner green, amber or red."""

import pytest

from api.checkup.jobs import judge
from api.checkup.model import Seen
from api.checkup.readings import Stored
from arena.store.vitals import JobVitals, Vitals


def seen(jobs: JobVitals) -> Seen:
    calm = Vitals({}, {}, 0, 0.0, {}, 0, 0.0, 0, 0, 0, 0.0, jobs)
    return Seen(Stored(0.3, calm), OSError(), 0, 128)


@pytest.mark.parametrize(
    ("jobs", "state", "word"),
    [
        (JobVitals(), "ok", "idle"),
        (JobVitals({"done": 4, "failed": 2}), "ok", "idle"),
        (JobVitals({"running": 1}), "ok", "well"),
        (JobVitals({"running": 1, "queued": 2}, unclaimed_s=500.0), "ok", "well"),
        (JobVitals({"queued": 1}, unclaimed_s=14.0), "ok", "idle"),
        (JobVitals({"queued": 1}, unclaimed_s=16.0), "critical", "away"),
        (JobVitals({"running": 1}, lost=1, lost_s=2.0), "warning", "lost a runner"),
        (JobVitals({"running": 1}, lost=1, lost_s=16.0), "critical", "away"),
        (JobVitals({"running": 2}, lost=1, lost_s=16.0), "warning", "lost a runner"),
    ],
)
def test_how_it_is(jobs: JobVitals, state: str, word: str) -> None:
    part = judge(seen(jobs))
    assert (part.state, part.word, bool(part.todo)) == (state, word, state != "ok")
    assert {f.what: f.value for f in part.figures}["jobs queued"] == jobs.states.get("queued", 0)


def test_without_postgres_nothing_can_be_told() -> None:
    part = judge(Seen(OSError(), OSError(), 0, 128))
    assert (part.state, part.word) == ("warning", "waiting")
