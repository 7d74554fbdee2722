"""Whether the process is up, and whether it can do its work."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.checkup.model import Checkup
from api.context import Reach
from api.problems import responses

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of the service."""

    status: str


@router.get("/healthz", summary="Is the process up?")
async def healthz() -> Health:
    """Answers while the process runs, whatever else is away, and whatever its worker threads wait for."""
    return Health(status="up")


@router.get("/readyz", summary="Can it do its work?", responses=responses())
async def readyz(reach: Reach) -> Health:
    """Ready when the database answers with this version's schema, and Redis answers; else a problem naming which."""
    await reach.probe.look()
    return Health(status="ready")


@router.get("/api/v1/health", summary="How is every part?")
async def health(reach: Reach) -> Checkup:
    """Every part with its state, what to do when it is not well, and its figures. Always 200: read `state`."""
    return await reach.examiner.look()
