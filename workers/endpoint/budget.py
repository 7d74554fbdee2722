"""What a player may spend on one match, in tokens and in money, by the endpoint's own account of both."""

from collections.abc import Mapping
from typing import Any

from workers.endpoint.chat import Completion

MILLION = 1_000_000


class Budget:
    """Counts completions. `match_cost` is in the currency of `price`, which is for a million tokens."""

    def __init__(self, spec: Mapping[str, Any], match_tokens: int) -> None:
        price = spec.get("price", {})
        self._price = float(price.get("prompt", 0)), float(price.get("completion", 0))
        self._tokens, self._most = 0, int(spec.get("match_tokens", match_tokens))
        self._cost, self._dearest = 0.0, spec.get("match_cost")

    def room(self, wanted: int) -> int:
        """How many of the tokens `wanted` may still be written; 0 when the budget is spent."""
        room = min(wanted, self._most - self._tokens)
        if self._dearest is not None:
            left = float(self._dearest) - self._cost
            dear = self._price[1]
            room = 0 if left <= 0 else room if not dear else min(room, int(left * MILLION / dear))
        return max(0, room)

    def spend(self, made: Completion) -> None:
        """Count a completion."""
        self._tokens += made.prompt_tokens + made.completion_tokens
        cost = made.prompt_tokens * self._price[0] + made.completion_tokens * self._price[1]
        self._cost += cost / MILLION

    def __str__(self) -> str:
        cost = "" if self._dearest is None else f" and {self._dearest:g} of money"
        return f"{self._most} tokens{cost}"
