"""Specs of plug-ins: JSON that fits the schema in a plug-in's own literal."""

import json
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match, by_relevance  # pyright: ignore[reportUnknownVariableType]

from arena.core.brief import brief
from arena.core.errors import BadSpec
from arena.core.nearest import choose, did_you_mean
from arena.core.registry import Registry

VALUE = 200
"""Characters that a message shows of a value."""
TYPES = {
    "object": "a table", "array": "a list", "string": "a text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "null": "nothing",
}  # fmt: skip
BOUNDS = {
    "minimum": "{} or more", "exclusiveMinimum": "more than {}",
    "maximum": "{} or less", "exclusiveMaximum": "less than {}",
    "minItems": "{} or more of them", "maxItems": "{} or fewer of them",
    "minProperties": "{} or more of them", "maxProperties": "{} or fewer of them",
    "minLength": "{} characters or more", "maxLength": "{} characters or fewer",
}  # fmt: skip
FIRST = by_relevance(strong={"additionalProperties"})
"""At one place, a name that there is not comes before one that is missing: it may be that one, mistyped."""


def check(registry: Registry, name: str, variable: str, spec: dict[str, Any], page: str) -> dict[str, Any]:
    """The literal `variable` of the plug-in `name`, once `spec` is known to fit the schema under its key `spec`.

    Raises:
        BadSpec: the schema refuses the spec, or it holds what is told in confidence.
        The registry's own error: there is no such plug-in.
    """
    known = registry.literal(name, variable)
    _check_confidential(known, spec)
    fit(spec, known["spec"], "spec", page)
    return known


def _check_confidential(known: dict[str, Any], spec: dict[str, Any]) -> None:
    """What is to be told in confidence has no place in a spec, which is stored and shown as it is."""
    for name in known.get("secrets", {}):
        if name in spec and name not in known["spec"].get("properties", {}):
            todo = f"Send it as `secrets.{name}`, beside the spec."
            raise BadSpec(f"spec.{name}: it is a secret, and belongs in `secrets`.", todo=todo)


def fit(spec: Any, schema: dict[str, Any], at: str, page: str) -> None:
    """See that a spec fits a schema. `page` tells what there is.

    Raises:
        BadSpec: says the place, below `at`, of what does not fit, and what would.
    """
    try:
        json.dumps(spec, allow_nan=False)
    except ValueError:
        raise BadSpec(f"{at}: a number is not finite.", todo="Use finite numbers; JSON has no others.") from None
    except RecursionError:
        raise BadSpec(f"{at}: it is nested too deeply.", todo=f"See {page} for what there is.") from None
    error = cast(ValidationError | None, best_match(Draft202012Validator(schema).iter_errors(spec), FIRST))
    if error is not None:
        where = at + "".join(f".{p}" for p in error.absolute_path)
        shown = repr(error.instance)
        what = error.message.replace(shown, brief(shown, VALUE))
        raise BadSpec(f"{where}: {what}.", todo=f"{_fitting(error)} See {page}.".lstrip())


def _fitting(error: ValidationError) -> str:
    """What would fit at the place of an error, as the schema there says: its `$comment`, if it has one."""
    schema = cast(dict[str, Any], error.schema)
    if "$comment" in schema:
        return schema["$comment"]
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            odd = next(name for name in cast(dict[str, Any], error.instance) if name not in known)
            return f"{did_you_mean(odd, known)}It takes: {', '.join(known) or 'nothing'}."
        case "required":
            return f"It needs: {', '.join(schema['required'])}."
        case "enum":
            return choose(str(error.instance), map(str, schema["enum"]))
        case "pattern":
            return f"It must be like {schema['pattern']}."
        case wrong:
            kind = TYPES.get(schema["type"], "") if wrong == "type" else ""
            told = [kind] * bool(kind) + [words.format(_plain(schema[b])) for b, words in BOUNDS.items() if b in schema]
            return f"It must be {', '.join(told)}." if told else ""


def _plain(bound: float) -> float:
    return int(bound) if bound % 1 == 0 else bound
