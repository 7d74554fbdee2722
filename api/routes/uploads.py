"""Weights: declare a file, send it in parts, have it checked and kept by its hash. Needs a key with `submit`."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.auth import Bearer, Caller, Submitter, needs
from api.context import Context, Reach, Transaction
from api.problems import responses
from arena.core.errors import BadUpload, UnknownUpload, UploadBusy
from arena.flow import uploads as flow
from arena.store import audit, uploads
from arena.store.artifacts import Artifacts
from arena.store.uploads import PART_BYTES, Kept

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXAMPLE: dict[str, Any] = {"name": "kuhn.safetensors", "size": 14_012_416, "sha256": HASH}


class NewUpload(BaseModel):
    """A file of weights that somebody will send. `name` is for people alone; a player is submitted with `sha256`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9 ._-]{0,99})?$")] = ""
    size: Annotated[int, Field(ge=10, le=2**50, description="Its bytes.")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class UploadInfo(BaseModel):
    """An upload, and how far it is: `open`, `checking`, `ready` or `refused`, then with the `reason`."""

    id: str
    name: str
    size: int
    sha256: str
    state: str
    part_bytes: int
    """Of every part but the last."""
    part_count: int
    missing: list[int]
    """The numbers of the parts that are still to be sent."""
    reason: str | None
    created_at: datetime


@router.get("", summary="List uploads", responses=responses(401, 403, 422))
def list_uploads(
    connection: Transaction, caller: Submitter, limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[UUID | None, Query(description="Those made before this one.")] = None,
) -> list[UploadInfo]:  # fmt: skip
    """One's own uploads, newest first; with the scope `admin`, everybody's."""
    return [_info(found) for found in uploads.page(connection, _whose(caller), before, limit)]


@router.post("", summary="Begin an upload", status_code=201, responses=responses(401, 403, 409, 422))
def begin_upload(
    connection: Transaction, reach: Reach, caller: Submitter, new: NewUpload, response: Response
) -> UploadInfo:
    """Declare a file. The answer is 200 with what there is when these bytes were declared before."""
    quota = reach.settings.uploads_mb * 1_000_000
    found, made = flow.begin(connection, caller.owner_id, new.name, new.size, new.sha256, quota=quota)
    found = flow.mended(connection, Artifacts(reach.settings.artifacts), found)
    response.status_code = 201 if made else 200
    response.headers["Location"] = f"{router.prefix}/{found.id}"
    return _info(found)


@router.get("/{upload_id}", summary="One upload", responses=responses(401, 403, 404, 422))
def one_upload(connection: Transaction, caller: Submitter, upload_id: UUID) -> UploadInfo:
    """How far it is: who was cut off goes on with the parts that are missing."""
    return _info(_own(connection, caller, upload_id))


@router.put(
    "/{upload_id}/parts/{number}", summary="Send a part", responses=responses(401, 403, 404, 409, 413, 422),
    openapi_extra={
        "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    },
)  # fmt: skip
async def send_part(reach: Reach, bearer: Bearer, request: Request, upload_id: UUID, number: int) -> UploadInfo:
    """The bytes of a part as they are, not encoded. A part may be sent again, in any order, until it is complete."""
    # No transaction is open while a part is on its way: there are few, and lines may be slow.
    found = await run_in_threadpool(_begun, reach, bearer, upload_id)
    size = flow.expect(found, number)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise BadUpload("The part is encoded.", todo="Send its bytes as they are, without Content-Encoding.")
    artifacts = Artifacts(reach.settings.artifacts)
    await _receive(artifacts, found.part(number), request.stream(), size)
    return await run_in_threadpool(_received, reach, artifacts, found, number)


@router.post("/{upload_id}/complete", summary="Complete an upload", responses=responses(401, 403, 404, 409, 422))
async def complete_upload(reach: Reach, bearer: Bearer, upload_id: UUID) -> UploadInfo:
    """Check it as a whole and keep it. Doing it again changes nothing; one that fails is refused, and not kept."""
    async with reach.checkers:
        return await run_in_threadpool(_complete, reach, bearer, upload_id)


@router.delete(
    "/{upload_id}", summary="Delete an upload", status_code=204, responses=responses(401, 403, 404, 409, 422)
)
def delete_upload(reach: Reach, bearer: Bearer, upload_id: UUID) -> None:
    """Give it up, or delete weights that no player needs any more."""
    with reach.engine.begin() as connection:
        caller = needs("submit")(connection, bearer)
        found = _own(connection, caller, upload_id)
        flow.discard(connection, found)
        _note(connection, caller, "upload.deleted", found)
    flow.clear(reach.engine, Artifacts(reach.settings.artifacts), found)


async def _receive(artifacts: Artifacts, name: str, body: AsyncIterator[bytes], size: int) -> None:
    """Write a part as it comes, whole or not at all."""
    place = artifacts.writing(name)
    out = await run_in_threadpool(place.__enter__)
    taken = 0
    try:
        async for piece in body:
            taken += len(piece)
            if taken <= size:
                await run_in_threadpool(out.write, piece)
        if taken != size:
            todo = "Send each part whole; GET the upload for `part_bytes`."
            raise BadUpload(f"This part has {size} bytes, and {taken} came.", todo=todo)
    except BaseException as error:
        place.__exit__(type(error), error, error.__traceback__)  # leaves nothing behind
        raise
    await run_in_threadpool(place.__exit__, None, None, None)


def _begun(reach: Context, bearer: Bearer, upload_id: UUID) -> Kept:
    with reach.engine.begin() as connection:
        return _own(connection, needs("submit")(connection, bearer), upload_id)


def _received(reach: Context, artifacts: Artifacts, found: Kept, number: int) -> UploadInfo:
    if number == 1:  # the whole header is in it: who sends something else need not send the rest
        try:
            with artifacts.reading(found.part(1)) as first:
                flow.check_head(first, found.size)
        except BadUpload as error:
            flow.refuse(reach.engine, artifacts, found, error.what)
            raise
    with reach.engine.begin() as connection:
        counts = uploads.received(connection, found.id, number)
        now = uploads.one(connection, found.id)
    if counts and now is not None:
        return _info(now)
    if now is None or now.state != "checking":  # it came too late, and nobody will read it
        flow.remove_parts(artifacts, found)
    raise UploadBusy("The upload takes no parts any more.", todo="See its state.")


def _complete(reach: Context, bearer: Bearer, upload_id: UUID) -> UploadInfo:
    with reach.engine.begin() as connection:
        caller = needs("submit")(connection, bearer)
        found = _own(connection, caller, upload_id)
    flow.complete(reach.engine, Artifacts(reach.settings.artifacts), found)
    with reach.engine.begin() as connection:
        now = _own(connection, caller, upload_id)
        if found.state != "ready":
            _note(connection, caller, "upload.completed", now)
    return _info(now)


def _own(connection: Connection, caller: Caller, upload_id: UUID) -> Kept:
    found = uploads.one(connection, upload_id, _whose(caller))
    if found is None:
        raise UnknownUpload(f"You have no upload {upload_id}.", todo="List yours with GET /api/v1/uploads.")
    return found


def _whose(caller: Caller) -> UUID | None:
    return None if caller.is_admin else caller.owner_id


def _note(connection: Connection, caller: Caller, action: str, found: Kept) -> None:
    detail = {"sha256": found.sha256, "size": found.size}
    audit.note(connection, action, str(found.id), detail, owner_id=caller.owner_id, key_id=caller.key_id)


def _info(found: Kept) -> UploadInfo:
    return UploadInfo(
        id=str(found.id), name=found.name, size=found.size, sha256=found.sha256, state=found.state,
        part_bytes=PART_BYTES, part_count=found.count, missing=found.missing if found.state == "open" else [],
        reason=found.reason, created_at=found.created_at,
    )  # fmt: skip
