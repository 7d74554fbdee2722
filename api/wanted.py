"""What a request should have been, where it is not: parameters there are none of, and what pydantic found, in words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from arena.core.brief import brief
from arena.core.errors import BadRequest
from arena.core.nearest import SHOWN, did_you_mean

UNDER = "/api/v1/"
CHOICE = re.compile("'([^']*)'")
"""One of those that pydantic names where a value is none of them."""
SEE = "/openapi.json describes every request."
PATTERNS = {
    r"^[a-z0-9][a-z0-9._-]{0,63}$": "1 to 64 small letters, digits, dots, dashes and underscores, the first of them a "
    "letter or digit",
    r"^([A-Za-z0-9][A-Za-z0-9 ._-]{0,99})?$": "at most 100 letters, digits, blanks, dots, dashes and underscores, the "
    "first of them a letter or digit",
    r"^[0-9a-f]{64}$": "a SHA-256, as 64 hexadecimal digits in small letters",
    r"^[ -~]*$": "printable ASCII, without line breaks",
    r"^[^\x00-\x1f\x7f-\x9f]*$": "one line, without control characters",
    "^(open|bare)?$": "open or bare",
}
"""Every pattern of the API's, in words."""
WHOLE, NUMBER, TEXT, OBJECT = "a whole number", "a number", "a text", "an object"
TRUTH, ID, TIME = "true or false", "an id: a UUID", "a time, such as 2026-01-05T10:00:00Z"
KINDS = {
    "int_type": WHOLE, "int_parsing": WHOLE, "int_from_float": WHOLE, "int_parsing_size": "a smaller whole number",
    "float_type": NUMBER, "float_parsing": NUMBER, "finite_number": "a finite number", "string_type": TEXT,
    "string_unicode": "a text of whole characters", "bool_type": TRUTH, "bool_parsing": TRUTH, "uuid_type": ID,
    "uuid_parsing": ID, "datetime_type": TIME, "datetime_parsing": TIME, "datetime_from_date_parsing": TIME,
    "dict_type": OBJECT, "model_type": OBJECT, "model_attributes_type": OBJECT, "list_type": "a list",
    "none_required": "null", "literal_error": "{expected}", "enum": "{expected}", "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more", "less_than": "less than {lt}", "less_than_equal": "{le} or less",
    "string_too_short": "{min_length} characters or more", "string_too_long": "{max_length} characters or fewer",
    "too_short": "{min_length} or more of them", "too_long": "{max_length} or fewer of them",
}  # fmt: skip
"""What would fit, by what pydantic calls it that does not."""


async def only_known(asked: HTTPConnection) -> None:
    """A dependency of every route: under `/api/v1` a parameter that is none is refused, or a mistyped filter would
    give everything. Pages take any: links to them gather parameters on their way.

    Raises:
        BadRequest: names one that there is not, or that is given twice: none takes a list.
    """
    if asked.scope["type"] == "http":  # a WebSocket refuses by its own means
        check_parameters(asked)


def check_parameters(asked: HTTPConnection) -> None:
    """The same, at once. Raises `BadRequest`."""
    if not asked.query_params or not asked.url.path.startswith(UNDER):
        return
    known = sorted({*_parameters(asked.scope["route"].dependant)})
    names = [name for name, _ in asked.query_params.multi_items()]
    for name in asked.query_params:
        if name in known and names.count(name) > 1:
            raise BadRequest(f"The parameter {name!r} is given {names.count(name)} times.", todo="Give it once.")
        if name not in known:
            raise BadRequest(f"There is no parameter {brief(name, SHOWN)!r}.", todo=_instead(name, known))


def correction(errors: Sequence[Mapping[str, Any]], route: object) -> BadRequest:
    """The first of what pydantic found in a request to a route: where it is, and what should be there.

    A field that there is not comes before one that is missing: it may be that one, mistyped.
    """
    first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
    kind, context = first["type"], first.get("ctx", {})
    where = brief(".".join(map(str, first["loc"])), SHOWN)
    if kind == "missing":
        return BadRequest(f"{where} is missing.", todo=f"Send it; {SEE}")
    if kind == "extra_forbidden":
        *above, name = first["loc"]
        return BadRequest(f"{where}: there is no such field.", todo=_instead(str(name), _fields(route, above[1:])))
    if kind == "json_invalid":
        place = f"{first['loc'][0]}, character {first['loc'][-1]}"
        return BadRequest(f"{place}: this is no JSON ({context['error']}).", todo="Send JSON.")
    if isinstance(first.get("input"), bytes):  # it was not read as JSON
        return BadRequest(f"{where} is not said to be JSON.", todo="Send it with `Content-Type: application/json`.")
    pattern = context.get("pattern")
    wanted = PATTERNS.get(pattern, f"like {pattern}") if pattern else KINDS.get(kind, "").format(**context)
    what = f"it must be {wanted}" if wanted else first["msg"]
    meant = did_you_mean(str(first.get("input")), CHOICE.findall(context.get("expected", "")))
    return BadRequest(f"{where}: {what}.", todo=f"{meant}Correct it; {SEE}")


def _parameters(dependant: Dependant) -> Iterator[str]:
    """The query parameters of a route, and of all that it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _parameters(below)


def _fields(route: object, place: Sequence[str | int]) -> list[str]:
    """The fields that a route's body takes at a place of it."""
    field = route.body_field if isinstance(route, APIRoute) else None
    there = [*_models(field.field_info.annotation)] if field else []
    for step in place:  # an index, or a key of a table, leads to what is there already
        inner = [known[str(step)].annotation for model in there if str(step) in (known := model.model_fields)]
        there = [model for annotation in inner for model in _models(annotation)] or there
    return sorted({name for model in there for name in model.model_fields})


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names: itself, or of what is optional, or of a list or a table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _instead(name: str, known: Sequence[str]) -> str:
    """What there is in place of a name that there is not."""
    there = f"There are: {', '.join(known)}." if known else "There are none here."
    return did_you_mean(name, known) + there
