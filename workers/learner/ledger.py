"""What a learner has learnt from: ranges of trajectories by producer, and a hash over all of their contents."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from arena.core.trajectory import Bundle

_encode = msgspec.msgpack.Encoder().encode


class Ledger:
    """Goes into every checkpoint's manifest: what its weights come from, not what a roll-back threw away."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        self._chain = bytes.fromhex(state["chain"]) if state else bytes(32)
        self._ranges: dict[str, list[list[int]]] = state["ranges"] if state else {}
        self.trajectories: int = state["trajectories"] if state else 0

    def add(self, bundles: Sequence[Bundle]) -> None:
        """These were learnt from, in this order."""
        for bundle in bundles:
            count = len(bundle.trajectories)
            content = hashlib.blake2b(_encode(bundle), digest_size=32).digest()
            self._chain = hashlib.blake2b(self._chain + content, digest_size=32).digest()
            self.trajectories += count
            ranges = self._ranges.setdefault(f"{bundle.generation}/{bundle.producer}", [])
            if ranges and ranges[-1][1] == bundle.first:
                ranges[-1][1] += count
            else:
                ranges.append([bundle.first, bundle.first + count])

    def plain(self) -> dict[str, Any]:
        """`chain` is BLAKE2b over the chain before and each bundle's own hash; ranges are [first, end)."""
        return {"chain": self._chain.hex(), "trajectories": self.trajectories, "ranges": self._ranges}
