"""Specs of plug-ins: JSON that fits the schema in a plug-in's own literal."""

import json
from typing import Any

import jsonschema

from arena.core.errors import BadSpec
from arena.core.registry import Registry


def check(registry: Registry, name: str, variable: str, spec: dict[str, Any], page: str) -> dict[str, Any]:
    """The literal `variable` of the plug-in `name`, once `spec` is known to fit the schema under its key `spec`.

    Raises:
        BadSpec: the schema refuses the spec. The registry's own error: there is no such plug-in.
    """
    known = registry.literal(name, variable)
    fit(spec, known["spec"], "spec", takes(name, known["spec"], page))
    return known


def takes(name: str, schema: dict[str, Any], page: str) -> str:
    """What to do about a spec that a plug-in's schema refuses."""
    return f"{name!r} takes: {', '.join(schema.get('properties', {})) or 'nothing'}. See {page}."


def fit(spec: Any, schema: dict[str, Any], at: str, todo: str) -> None:
    """Raises `BadSpec` with the place, below `at`, of what a schema refuses."""
    try:
        json.dumps(spec, allow_nan=False)
    except ValueError:
        raise BadSpec(f"{at}: a number is not finite.", todo="Use finite numbers; JSON has no others.") from None
    try:
        jsonschema.validate(spec, schema)
    except jsonschema.ValidationError as error:
        where = at + "".join(f".{p}" for p in error.absolute_path)
        raise BadSpec(f"{where}: {error.message}.", todo=todo) from None
