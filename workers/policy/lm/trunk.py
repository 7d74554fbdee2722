"""What the frozen lower layers make of contexts, kept: they are read once, however often the top is trained on them."""

from collections import OrderedDict
from collections.abc import Sequence

import torch

from workers.policy.lm.reading import Sheet, read, sheet
from workers.policy.lm.stack import Stack
from workers.policy.policy import LegalSet, Tokens
from workers.policy.trie import tree

Key = tuple[Tokens, LegalSet]


class Trunk:
    """Activations by context, the longest unused left out beyond a bound. Copies of a policy share one."""

    def __init__(self, stack: Stack, end: int, megabytes: int) -> None:
        self._stack, self._end, self._room = stack, end, megabytes << 20
        self._kept: OrderedDict[Key, torch.Tensor] = OrderedDict()
        self._size = 0
        self.read = 0
        """Tokens read so far."""

    def __deepcopy__(self, memo: object) -> "Trunk":
        return self

    def inner(self, page: Sheet, keys: Sequence[Key]) -> tuple[torch.Tensor, torch.Tensor]:
        """What enters at the cut: of the sheet's shared beginning and of its rows; padding is zero."""
        rows = self._rows(list(dict.fromkeys(keys)))
        size = len(page.first)
        found = rows[keys[0]].new_zeros(*page.plan.tokens_NL.shape, self._stack.width)
        for place, key in enumerate(keys):
            rest = rows[key][size:]
            found[place, : len(rest)] = rest
        return rows[keys[0]][None, :size], found

    @torch.no_grad()
    def _rows(self, keys: list[Key]) -> dict[Key, torch.Tensor]:
        rows = {key: self._kept[key] for key in keys if key in self._kept}
        for key in rows:
            self._kept.move_to_end(key)
        missing = [key for key in keys if key not in rows]
        if missing:
            page = sheet([prompt for prompt, _ in missing], [legal for _, legal in missing], self._end)
            first, rest_NLD = read(self._stack, page, "lower")
            self.read += page.count
            for row, key in zip(rest_NLD, missing, strict=True):
                length = len(key[0]) - len(page.first) + len(tree(key[1], self._end).tokens)
                rows[key] = torch.cat([*first, row[:length]]) if first is not None else row[:length].clone()
                self._keep(key, rows[key])
        return rows

    def _keep(self, key: Key, row: torch.Tensor) -> None:
        self._kept[key] = row
        self._size += row.nbytes
        while self._size > self._room and self._kept:
            self._size -= self._kept.popitem(last=False)[1].nbytes
