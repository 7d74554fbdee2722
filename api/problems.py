"""Errors as HTTP: one dictionary from stable codes to statuses, and one body (RFC 9457) for all of them."""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from api import wanted
from api.dashboard.templates import TEMPLATES
from api.heads import ACTS
from arena.core.errors import ArenaError, BadRequest, Unreachable
from arena.core.logs import current
from arena.stream.redis import LOST

log = logging.getLogger("arena.api")

STATUS = {
    "arena.error": 500,
    "game.unknown": 404,
    "game.variant_unknown": 404,
    "game.view_unknown": 404,
    "game.illegal_action": 409,
    "game.no_oracle": 422,
    "game.no_worlds": 422,
    "game.not_simultaneous": 422,
    "game.bad_render_mode": 422,
    "game.bad_format": 422,
    "game.no_pgn": 422,
    "game.broken": 500,
    "kind.unknown": 422,
    "spec.invalid": 422,
    "spec.url_refused": 422,
    "player.cannot_play": 422,
    "player.unknown": 404,
    "player.name_taken": 409,
    "player.not_in_play": 409,
    "player.rejected": 422,
    "player.held": 403,
    "player.too_many": 429,
    "match.too_many_asked": 429,
    "bot.away": 409,
    "bot.none": 409,
    "bot.taken_over": 409,
    "bot.turn_over": 409,
    "bot.bad_message": 422,
    "match.unknown": 404,
    "match.own_fault": 503,
    "match.transcript_pruned": 410,
    "match.sealed": 409,
    "request.invalid": 422,
    "request.too_large": 413,
    "auth.missing": 401,
    "auth.forbidden": 403,
    "auth.key_in_address": 400,
    "auth.foreign_page": 403,
    "auth.key_unknown": 404,
    "auth.last_admin": 409,
    "key.too_many": 409,
    "owner.unknown": 404,
    "rate.limited": 429,
    "idempotency.key_invalid": 422,
    "idempotency.reused": 422,
    "idempotency.under_way": 409,
    "idempotency.secret": 409,
    "config.invalid": 500,
    "config.port_taken": 500,
    "home.in_use": 500,
    "home.disk_full": 507,
    "server.failed": 500,
    "server.unreachable": 503,
    "backup.invalid": 422,
    "database.busy": 503,
    "database.newer": 503,
    "database.older": 503,
    "webhook.unknown": 404,
    "webhook.ping_waits": 409,
    "webhook.too_many": 409,
    "job.unknown": 404,
    "job.ended": 409,
    "job.lost": 409,
    "job.failed": 500,
    "artifact.unknown": 404,
    "base.unknown": 422,
    "upload.unknown": 404,
    "upload.invalid": 422,
    "upload.incomplete": 409,
    "upload.busy": 409,
    "upload.in_use": 409,
    "upload.quota": 409,
    "policy.backend_unknown": 422,
    "training.part_unknown": 422,
    "training.spec_invalid": 422,
    "training.diverged": 500,
    "trajectory.invalid": 422,
    "trajectory.superseded": 409,
    "route.unknown": 404,
    "route.method": 405,
}
"""Every code a client can meet. Those under `route.`, and `request.too_large`, are HTTP's own."""

HTTP_CODES = {404: "route.unknown", 405: "route.method", 413: "request.too_large"}
HTTP_TODO = {
    404: "See /openapi.json for what there is.",
    405: "See /openapi.json for what this address answers to.",
    413: "Send less than 1 MB; of an upload, parts of its `part_bytes`.",
}
UNPARSED = "There was an error parsing the body"
"""FastAPI's words for what no parser gets through."""
SAFE = {"GET", "HEAD", "OPTIONS"}
MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, and what to do next. `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    todo: str
    instance: str
    request_id: str | None = None
    """Under which the log tells more."""


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's account of the problems a route may answer with."""
    return {s: {"model": Problem, "description": HTTPStatus(s).phrase} for s in (*statuses, 503)}


def install(app: FastAPI) -> None:
    """Answer every error with a problem."""
    for away in (OperationalError, InterfaceError, PoolTimeout, *LOST):
        app.add_exception_handler(away, _away)
    app.add_exception_handler(DataError, _unusable)
    app.add_exception_handler(ArenaError, _arena)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, refused)


def answer(request: Request, code: str, title: str, what: str, todo: str) -> Response:
    """The problem as JSON, or as a page for a browser outside of the API."""
    status = STATUS[code]
    body = Problem(
        type=f"urn:arena:problem:{code}", title=title, status=status, detail=what, code=code, todo=todo,
        instance=request.url.path, request_id=current("request_id"),
    )  # fmt: skip
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        return TEMPLATES.TemplateResponse(request, "error.html", {"problem": body}, status, headers)
    return JSONResponse(body.model_dump(), status, headers, media_type=MEDIA_TYPE)


def refusal(request: Request, error: ArenaError) -> Response:
    """The answer to an error of the arena's own."""
    return answer(request, error.code, _title(error), error.what, error.todo)


def asked(scope: Scope) -> Request:
    """What was asked, also where that was for a WebSocket: middleware answers it like any other."""
    return Request({"method": "GET", **scope, "type": "http"})


def unknown(request: Request) -> Response:
    """The answer where there is nothing."""
    return answer(request, "route.unknown", HTTPStatus.NOT_FOUND.phrase, "Not Found.", HTTP_TODO[404])


def _arena(request: Request, error: Exception) -> Response:
    assert isinstance(error, ArenaError)
    return refusal(request, error)


def _title(error: ArenaError) -> str:
    """The class's name in words: `UnknownGame` is "Unknown game"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).capitalize()


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _arena(request, wanted.correction(error.errors(), request.scope.get("route")))


def refused(request: Request, error: Exception) -> Response:
    """The answer to an error of HTTP's own."""
    assert isinstance(error, HTTPException)
    code = HTTP_CODES.get(error.status_code, "request.invalid")
    todo = HTTP_TODO.get(error.status_code, "See /openapi.json.")
    if error.detail == UNPARSED:
        todo = "Send JSON in UTF-8, not nested without end."
    answered = answer(request, code, HTTPStatus(STATUS[code]).phrase, f"{error.detail}.", todo)
    answered.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answered.headers["allow"] = ", ".join(_allowed(request))
    return answered


def _allowed(request: Request) -> list[str]:
    """What an address answers to. Each route knows of its own method alone."""
    scope = {name: request.scope[name] for name in ("type", "path", "headers", "root_path") if name in request.scope}

    def takes(method: str) -> bool:
        return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in request.app.routes)

    found = {method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if takes(method)}
    return sorted(found | {"HEAD"} if "GET" in found and not ACTS.fullmatch(scope["path"]) else found)


def _away(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, request.url.path, str(error).strip().partition("\n")[0])
    return late(request)


def late(request: Request) -> Response:
    """The answer when the servers give none, or not in time. What was asked for is not cancelled, nor known to fail."""
    todo = "Try again shortly." if request.method in SAFE else "It may still be done: look before you repeat it."
    return _arena(request, Unreachable("The arena's database or Redis does not answer.", todo=todo))


def _unusable(request: Request, error: Exception) -> Response:
    # For example a NUL character, which no text in PostgreSQL can hold.
    what = "The database cannot take what was sent."
    return _arena(request, BadRequest(what, todo="Leave out control characters and numbers out of range."))


def unexpected(request: Request) -> Response:
    """The answer when nobody foresaw what went wrong: nothing of it leaves but the id under which the log tells it."""
    return _arena(request, ArenaError("Something unexpected went wrong.", todo="See the API's log for its request id."))
