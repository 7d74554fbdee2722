"""The pages of jobs: all of them, and one with its curves. Anyone may read them, as anyone may read the ladder."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.context import Reach, Transaction
from api.dashboard.jobs import known, listed, shown
from api.dashboard.pages import FRESH
from api.dashboard.templates import TEMPLATES

router = APIRouter(include_in_schema=False)


@router.get("/jobs")
def jobs_page(request: Request, connection: Transaction, reach: Reach) -> Response:
    """The newest jobs."""
    told = {"seq": reach.hub.at, "jobs": listed(connection)}
    return TEMPLATES.TemplateResponse(request, "jobs.html", told, headers=FRESH)


@router.get("/fragments/jobs")
def jobs_fragment(reach: Reach, seq: int = 0) -> Response:
    """The part of that page that moves, as it is after event `seq` at least."""

    def make() -> tuple[str, int]:
        at = reach.hub.at
        with reach.engine.begin() as connection:
            found = listed(connection)
        return TEMPLATES.get_template("_jobs.html").render(jobs=found, seq=at), at

    return HTMLResponse(reach.kept.get("/jobs", min(seq, reach.hub.at), make), headers=FRESH)


@router.get("/jobs/{job_id}")
def job_page(request: Request, connection: Transaction, reach: Reach, job_id: UUID) -> Response:
    """One job."""
    told = {"shown": shown(connection, reach.hub, job_id)}
    return TEMPLATES.TemplateResponse(request, "job.html", told, headers=FRESH)


@router.get("/fragments/jobs/{job_id}")
def job_fragment(reach: Reach, job_id: UUID, seq: int = 0) -> Response:
    """The part of that page that moves."""
    with reach.engine.connect() as connection:
        known(connection, job_id)

    def make() -> tuple[str, int]:
        with reach.engine.begin() as connection:
            found = shown(connection, reach.hub, job_id)
        return TEMPLATES.get_template("_job.html").render(shown=found), found.seq

    return HTMLResponse(reach.kept.get(str(job_id), min(seq, reach.hub.at), make), headers=FRESH)
