"""What weights come from: ranges of trajectories by producer, a hash over all of their contents, and older weights."""

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
        self._line: list[str] = state.get("line", []) if state else []

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

    def kept(self, content_hash: str) -> None:
        """The weights are those of this checkpoint: what comes from them names it. It may be told twice."""
        if self._line[-1:] != [content_hash]:
            self._line = [*self._line[-1:], content_hash]

    def parents(self, content_hash: str) -> list[str]:
        """The checkpoint that these weights come from: the job's last, or that which it started from; perhaps none."""
        return [one for one in self._line if one != content_hash][-1:]

    def state(self) -> dict[str, Any]:
        """To go on from."""
        return self.plain() | {"line": self._line}

    def plain(self) -> dict[str, Any]:
        """What was learnt from: ranges are [first, end), `chain` is BLAKE2b over the last one and a bundle's hash."""
        return {"chain": self._chain.hex(), "trajectories": self.trajectories, "ranges": self._ranges}
