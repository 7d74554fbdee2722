"""What /openapi.json says beyond what the routes say: the header every POST takes; that every error is a problem."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import idempotency
from api.problems import MEDIA_TYPE, Problem

REFERENCE = "#/components/schemas/{model}"
PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model=Problem.__name__)}}}


def install(app: FastAPI) -> None:
    """Have the application describe itself so."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described


def _described(app: FastAPI) -> dict[str, Any]:
    told = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schema = Problem.model_json_schema(ref_template=REFERENCE)
    told.setdefault("components", {}).setdefault("schemas", {})[Problem.__name__] = schema
    for path in told["paths"].values():
        for operation in path.values():
            _problems(operation["responses"])
    idempotency.describe(told)
    for unused in ("HTTPValidationError", "ValidationError"):
        told["components"]["schemas"].pop(unused, None)
    return told


def _problems(answers: dict[str, Any]) -> None:
    """FastAPI takes errors for JSON like any other, and 422 for a shape of its own."""
    for status, answer in answers.items():
        if status.isdecimal() and int(status) >= 400:
            answer["content"] = PROBLEM
    answers["default"] = {"description": "Any other problem", "content": PROBLEM}
