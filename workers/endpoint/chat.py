"""The chat-completions protocol, as far as a player needs it: a list of messages goes out, one message comes back."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from arena.core.brief import brief
from arena.core.redaction import HIDDEN, SHORTEST
from workers.endpoint import tally
from workers.endpoint.client import Answer, post
from workers.endpoint.trouble import Outcome, Trouble

log = logging.getLogger("arena.endpoint")

Messages = list[dict[str, str]]
MOST_TOKENS = 10_000_000
"""Of one answer, whatever it says of itself."""
SHOWN = 200
TOO_MANY = 429
PATH = "/chat/completions"
"""What a base URL lacks; who gave the whole address meant the same."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote."""

    text: str
    thought: str
    """What it wrote before, where a server tells that apart."""
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is, and as whom it is asked."""

    base_url: str
    key: str | None

    async def complete(self, body: Mapping[str, Any], within_s: float) -> Completion:
        """One completion. Its texts do not hold the key, whatever the endpoint sent. It is counted, whatever comes.

        Raises:
            Trouble: there was none.
        """
        began = time.monotonic()
        try:
            async with asyncio.timeout(within_s):
                made = await self._asked(body)
        except TimeoutError:
            tally.request("late", time.monotonic() - began)
            raise Trouble("late", "The endpoint did not answer in time.", again=True) from None
        except asyncio.CancelledError:  # by the clock of the turn
            tally.request("late", time.monotonic() - began)
            raise
        except Trouble as trouble:
            tally.request(trouble.outcome, time.monotonic() - began)
            raise
        tally.request("answered", time.monotonic() - began)
        tally.tokens(made.prompt_tokens, made.completion_tokens)
        return made

    async def _asked(self, body: Mapping[str, Any]) -> Completion:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        content = json.dumps(body).encode()
        answer = await post(self.base_url.rstrip("/").removesuffix(PATH) + PATH, headers, content)
        if answer.status != 200:
            told = self._scrubbed(answer.body[: 4 * SHOWN].decode("utf-8", "replace"))
            log.info("an endpoint answered %d: %s", answer.status, brief(" ".join(told.split()), SHOWN))
            raise _refused(answer)
        return self._read(answer.body)

    def _read(self, body: bytes) -> Completion:
        try:
            found = json.loads(body)
            message = found["choices"][0]["message"]
            text, thought = message.get("content"), message.get("reasoning_content") or message.get("reasoning")
            usage = found.get("usage")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise Trouble("unreadable", "The endpoint answered with what is no chat completion.", again=True) from None
        if not isinstance(text, str | None):
            raise Trouble("unreadable", "The endpoint answered with a message that is no text.", again=True)
        texts = (self._scrubbed(one) if isinstance(one, str) else "" for one in (text, thought))
        return Completion(*texts, _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens"))

    def _scrubbed(self, text: str) -> str:
        """The text without the key, should the endpoint have said it: what models write is shown to everybody."""
        return text.replace(self.key, HIDDEN) if self.key and len(self.key) >= SHORTEST else text


def _refused(answer: Answer) -> Trouble:
    """What a status that is not 200 means. Redirects are not followed: they lead elsewhere than was judged."""
    status = answer.status
    why = f"The endpoint answered {status}."
    if 300 <= status < 400:
        return Trouble("refused", f"{why[:-1]}, a redirect, which is not followed.", again=False)
    if status == TOO_MANY or status >= 500:
        outcome: Outcome = "busy" if status == TOO_MANY else "failing"
        return Trouble(outcome, why, again=True, after_s=_wait(answer.headers.get(b"retry-after", b"")))
    return Trouble("refused", why, again=False)


def _wait(told: bytes) -> float | None:
    """The seconds of a Retry-After, which is a number or a date."""
    text = told.decode("latin-1").strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
        return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError, TypeError):
        return None


def _tokens(usage: object, name: str) -> int:
    """A count of the answer's own account; 0 where there is none, or none that can be."""
    told = cast("dict[str, object]", usage).get(name) if isinstance(usage, dict) else None
    return min(told, MOST_TOKENS) if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0
