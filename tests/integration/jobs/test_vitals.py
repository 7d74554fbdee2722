"""What the database tells of jobs, and `/metrics` shows."""

import re

import httpx
from sqlalchemy import Engine

from arena.flow import runs, wishes
from arena.store import vitals
from tests.integration.jobs.desk import Desk, running
from tests.integration.server import serving


def test_jobs_by_state_and_who_waits_for_a_runner(desk: Desk, engine: Engine, redis_url: str) -> None:
    _, run = running(desk)
    desk.do(runs.crash, run, "bang")  # it may not be claimed yet: nobody need wait for it
    desk.do(wishes.cancel, desk.launch())
    lost, _ = running(desk)
    desk.put(lost, "lease_until = now() - interval '70 s'")
    waits = desk.launch()
    desk.put(waits, "created_at = now() - interval '40 s'")
    now = desk.do(vitals.read).jobs
    assert now.states == {"queued": 2, "cancelled": 1, "running": 1}
    assert (round(now.unclaimed_s), now.lost, round(now.lost_s)) == (40, 1, 70)
    with serving(engine, redis_url) as url:
        told = dict(re.findall(r"^(arena_job\S+) (\S+)$", httpx.get(f"{url}/metrics").text, re.MULTILINE))
    assert float(told['arena_jobs{state="queued"}']) == 2
    assert float(told['arena_jobs{state="paused"}']) == 0
    assert float(told["arena_job_unclaimed_seconds"]) >= 40
    assert float(told["arena_job_lease_overdue_seconds"]) >= 70
