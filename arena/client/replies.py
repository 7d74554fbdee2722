"""What a bot gave for a turn, as the arena takes it. No connection: `arena.client.bot` sends it.

What stands behind an action is an ornament: where it cannot be used it is left out, with a warning in the log, and the
action counts. The arena would refuse the message as a whole, and the turn would be lost.
"""

import json
import logging
from collections.abc import Mapping
from operator import index
from typing import Any, SupportsIndex, cast

log = logging.getLogger("arena.client")

MAX_ACTION, MAX_RAW, MAX_ERROR, MAX_TOKENS = 16_000, 32_000, 2_000, 2**31 - 1
"""Characters, and tokens, that the arena takes."""
ROOM = 60_000
"""Bytes of an answer: a message has room for these, and for the name of its turn."""
FORMS = "an action is a text or an index, or an object or a mapping with `action` and `said`"
PARTS = ("raw", "prompt_tokens", "completion_tokens")


def answer(reply: Any, legal: list[str]) -> dict[str, Any]:
    """An action with, maybe, what stands behind it; or why there is none.

    Raises:
        TypeError, IndexError: the reply is no action.
    """
    if _has(reply, "why"):
        return {"error": _text(_part(reply, "why"), MAX_ERROR)}
    action, said = (_part(reply, "action"), _part(reply, "said")) if _has(reply, "action") else (reply, None)
    if not isinstance(action, str):
        if not isinstance(action, SupportsIndex):
            raise TypeError(f"{FORMS}, not {type(action).__name__}")
        action = legal[index(action)]
    given: dict[str, Any] = {"action": _text(action, MAX_ACTION)}
    if said is None:
        return given
    try:
        return _fitted({**given, "said": _said(said)})
    except (TypeError, ValueError) as error:
        log.warning("what was said with %r is left out: %s", given["action"][:80], error)
        return given


def _said(said: Any) -> dict[str, Any]:
    """What stands behind an action. Raises `TypeError`, `ValueError`: the arena would not take it."""
    if not any(_has(said, part) for part in PARTS):
        raise TypeError(f"`said` is an object or a mapping with {', '.join(PARTS)}, not {type(said).__name__}")
    return {"raw": _text(_part(said, "raw") or "", MAX_RAW), **{name: _tokens(said, name) for name in PARTS[1:]}}


def _tokens(said: Any, name: str) -> int:
    given = _part(said, name) or 0
    if not isinstance(given, SupportsIndex) or not 0 <= index(given) <= MAX_TOKENS:
        raise ValueError(f"{name} is a whole number from 0 to {MAX_TOKENS}, not {given!r:.80}")
    return index(given)


def _fitted(given: dict[str, Any]) -> dict[str, Any]:
    """The answer with as much of `raw` as a message has room for. Characters take up to twelve bytes."""
    while given["said"]["raw"] and len(json.dumps(given)) > ROOM:
        raw = given["said"]["raw"]
        given = {**given, "said": {**given["said"], "raw": raw[: len(raw) // 2]}}
    return given


def _text(value: Any, most: int) -> str:
    """A text that can be sent: half of a surrogate pair, which a model's output may end with, is no UTF-8."""
    return str(value)[:most].encode("utf-8", "replace").decode()


def _has(given: Any, name: str) -> bool:
    return name in given if isinstance(given, Mapping) else hasattr(given, name)


def _part(given: Any, name: str) -> Any:
    if isinstance(given, Mapping):
        return cast(Mapping[str, Any], given).get(name)
    return getattr(given, name, None)
