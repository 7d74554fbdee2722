"""A model behind any OpenAI-compatible chat endpoint: a hosted API, vLLM, llama.cpp, Ollama."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from arena.core.agents import Failed, Reply, Table, Turn
from arena.core.brief import brief, kept
from arena.core.redaction import know
from arena.core.wire import Said, Stop
from games import catalog
from workers.endpoint.budget import Budget
from workers.endpoint.chat import Completion, Endpoint, Messages
from workers.endpoint.prompts import action_of, complaint, turn_prompt
from workers.endpoint.trouble import Trouble

KIND = {
    "for_anyone": True,
    "qualifies": True,
    "at_once": 4,
    "needs": {},
    "urls": ("base_url",),
    "secrets": {"api_key": "Sent to the endpoint as `Authorization: Bearer`. Leave it out where none is needed."},
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "required": ["base_url", "model"],
        "dependentRequired": {"match_cost": ["price"]},
        "properties": {
            "base_url": {
                "type": "string", "minLength": 8, "maxLength": 1900, "pattern": "^https?://",
                "description": "What stands before /chat/completions, as https://api.example.com/v1.",
            },
            "model": {
                "type": "string", "minLength": 1, "maxLength": 200, "description": "The model's name there.",
            },
            "system": {
                "type": "string", "maxLength": 4000, "description": "A system message of one's own, before all else.",
            },
            "view": {
                "enum": ["prose", "compact", "json"],
                "description": "How it is shown positions; in the match's own view unless told.",
            },
            "temperature": {
                "type": "number", "minimum": 0, "maximum": 2, "description": "Left to the endpoint unless told.",
            },
            "max_tokens": {
                "type": "integer", "minimum": 1, "maximum": 32768, "default": 512,
                "description": "Tokens of one reply, thinking included.",
            },
            "max_tokens_field": {
                "enum": ["max_tokens", "max_completion_tokens"], "default": "max_tokens",
                "description": "What the endpoint calls that bound.",
            },
            "extra": {
                "type": "object",
                "additionalProperties": False,
                "description": "More that is sent as it is.",
                "properties": {
                    "top_p": {"type": "number", "minimum": 0, "maximum": 1},
                    "top_k": {"type": "integer", "minimum": -1, "maximum": 1000000},
                    "min_p": {"type": "number", "minimum": 0, "maximum": 1},
                    "seed": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
                    "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
                    "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2},
                    "repetition_penalty": {"type": "number", "minimum": 0, "maximum": 10},
                    "reasoning_effort": {"enum": ["none", "minimal", "low", "medium", "high", "xhigh"]},
                },
            },
            "at_once": {
                "type": "integer", "minimum": 1, "maximum": 256, "default": 4,
                "description": "Matches it plays at once, rounded up to pairs.",
            },
            "timeout_s": {
                "type": "number", "minimum": 1, "maximum": 600, "default": 60,
                "description": "Seconds that one request may take; the turn's clock bounds them all.",
            },
            "retries": {
                "type": "integer", "minimum": 0, "maximum": 10, "default": 3,
                "description": "Requests more in one turn after 429, 5xx and lost connections.",
            },
            "match_tokens": {
                "type": "integer", "minimum": 1, "maximum": 1000000000, "default": 500000,
                "description": "Tokens of one match, prompts included; it forfeits when they are spent.",
            },
            "price": {
                "type": "object",
                "additionalProperties": False,
                "required": ["prompt", "completion"],
                "description": "What a million tokens cost.",
                "properties": {
                    "prompt": {"type": "number", "minimum": 0, "maximum": 1000000},
                    "completion": {"type": "number", "minimum": 0, "maximum": 1000000},
                },
            },
            "match_cost": {
                "type": "number", "exclusiveMinimum": 0, "maximum": 1000000,
                "description": "What one match may cost, by `price`; it forfeits when that is spent.",
            },
        },
    },
}  # fmt: skip
FIRST_S, FACTOR, LONGEST_S = 0.25, 2.0, 30.0
"""Between requests that failed: at first, how it grows, at most. Drawn from half to all of it."""
TELLING = 16
"""Characters of a secret from which on it is blotted out of logs: a shorter one could be a word of theirs."""
RAW = 3900
"""Characters kept of each of the replies of a turn: two of them are what a report holds."""


class OpenAI:
    """One seat of one match. It is asked afresh each turn; nothing of the match is kept at the endpoint."""

    def __init__(self, spec: Mapping[str, Any], table: Table) -> None:
        self.view: str | None = spec.get("view", "")
        self._spec, self._table = spec, table
        self._facts = catalog.load(table.game).facts
        self._endpoint = Endpoint(spec["base_url"], table.secrets.get("api_key"))
        self._budget = Budget(spec, KIND["spec"]["properties"]["match_tokens"]["default"])
        self._own: list[str] = []
        self._tried: tuple[int, str] | None = None
        """The ply of the last answer, and the action. When the same ply is asked again, it was refused."""

    async def act(self, turn: Turn) -> Reply | Failed:
        """An action as the model wrote it. One that cannot be read is empty, which is legal nowhere."""
        until = time.monotonic() + turn.clock_s
        refused = self._note(turn)
        messages: Messages = [{"role": "system", "content": text}] if (text := self._spec.get("system")) else []
        messages.append({"role": "user", "content": turn_prompt(self._facts, self._table, turn, self._own, refused)})
        said: list[Completion] = []
        while True:
            made = await self._complete(messages, until)
            if isinstance(made, Failed):
                return replace(made, said=_said(said)) if said else made
            said.append(made)
            action = action_of(made.text, turn.legal)
            wrong = complaint(self._facts, action, turn.legal)
            if wrong is None or len(said) > 1:
                break
            messages += [{"role": "assistant", "content": brief(made.text, RAW)}, {"role": "user", "content": wrong}]
        self._tried = turn.ply, action or ""
        return Reply(action or "", _said(said))

    def _note(self, turn: Turn) -> str | None:
        """Remember the last action, which was played; or give it, when it was refused: the ply is the same."""
        if self._tried is None:
            return None
        ply, action = self._tried
        if ply == turn.ply:
            return action
        self._own.append(action)
        return None

    async def _complete(self, messages: Messages, until: float) -> Completion | Failed:
        """A completion, in as many requests as the spec and the clock allow."""
        room = self._budget.room(int(self._spec.get("max_tokens", 512)))
        if not room:
            return Failed(Stop.AGENT_FAULT, f"The player's budget for a match is spent: {self._budget}.")
        body = self._body(messages, room)
        failed = 0
        while True:
            try:
                made = await self._endpoint.complete(body, float(self._spec.get("timeout_s", 60)))
            except Trouble as error:
                trouble = error
            else:
                self._budget.spend(made)
                return made
            failed += 1
            if not trouble.again or failed > self._spec.get("retries", 3):
                return Failed(Stop.AGENT_FAULT, f"{trouble.why} Requests in this turn: {failed}.")
            wait = max(self._pause(failed), trouble.after_s or 0.0)
            if time.monotonic() + wait >= until:
                return Failed(Stop.AGENT_FAULT, f"{trouble.why} Its clock ends before it may be asked again.")
            await asyncio.sleep(wait)

    def _body(self, messages: Messages, room: int) -> dict[str, Any]:
        spec = self._spec
        body = {"model": spec["model"], "messages": messages, "stream": False, **spec.get("extra", {})}
        body[spec.get("max_tokens_field", "max_tokens")] = room
        if "temperature" in spec:
            body["temperature"] = spec["temperature"]
        return body

    def _pause(self, failed: int) -> float:
        """Longer each time, and never the same: many matches that failed at once must not come back at once."""
        longest = min(LONGEST_S, FIRST_S * FACTOR ** (failed - 1))
        return longest * self._table.random.uniform(0.5, 1.0)


def _said(made: list[Completion]) -> Said:
    texts = [kept(f"{m.thought}\n\n{m.text}" if m.thought else m.text, RAW) for m in made]
    raw = "\n\n(asked again)\n\n".join(texts)
    return Said(raw, sum(m.prompt_tokens for m in made), sum(m.completion_tokens for m in made))


def build(spec: dict[str, Any], table: Table) -> OpenAI:
    """A seat for the model. Its key is hidden from whatever this process logs."""
    know(*(secret for secret in table.secrets.values() if len(secret) >= TELLING))
    return OpenAI(spec, table)
