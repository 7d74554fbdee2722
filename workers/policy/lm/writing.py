"""Free text from a causal language model, token by token, with the prompts' keys and values remembered."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from workers.policy.lm.reading import NOTHING, sheet
from workers.policy.lm.stack import Given, Stack, spread
from workers.policy.policy import Generated, Tokens


class Writer:
    """Writes N texts side by side; those that have ended leave the batch.

    Args:
        over: whether a text has come to its end.
    """

    def __init__(self, stack: Stack, over: Callable[[Tokens], bool]) -> None:
        self._stack, self._over = stack, over

    @torch.no_grad()
    def write(self, prompts: Sequence[Tokens], most: int, rng: np.random.Generator) -> list[Generated]:
        """One sampled text for each prompt, of at most so many tokens."""
        unique = {prompt: place for place, prompt in enumerate(dict.fromkeys(prompts))}
        put = self._stack.put
        of = put([unique[prompt] for prompt in prompts])
        last_UD, past, seen_UK = self._open(list(unique))
        past.batch_select_indices(of)
        last_ND, seen_NK = last_UD[of], seen_UK[of]
        texts = [Generated((), []) for _ in prompts]
        going = list(range(len(prompts)))
        for number in range(most):
            drawn = self._draw(last_ND, rng)
            for place, (token, logp) in zip(going, drawn, strict=True):
                texts[place] = Generated((*texts[place].tokens, token), [*texts[place].logps, logp])
            stay = [row for row, place in enumerate(going) if not self._over(texts[place].tokens)]
            if not stay or number + 1 == most:
                break
            going = [going[row] for row in stay]
            rows, tokens = put(stay), put([[texts[place].tokens[-1]] for place in going])
            seen_NK = torch.cat([seen_NK[rows], seen_NK.new_ones(len(stay), 1)], 1)
            past.batch_select_indices(rows)
            at = put([[len(prompts[place]) + number] for place in going])
            inner, past = self._stack.run(Given(tokens, at, seen_NK[:, None], past), remember=True)
            last_ND = inner[:, -1]
        return texts

    def _open(self, prompts: list[Tokens]) -> tuple[torch.Tensor, Any, torch.Tensor]:
        """The vector of each prompt's last token, what is remembered, and which of it is no padding."""
        page = sheet(prompts, [NOTHING] * len(prompts), 0)
        size, plan, past, put = len(page.first), page.plan, None, self._stack.put
        if size:
            past = spread(self._stack.run(Given(put([page.first])), remember=True)[1], page.rows)
        tokens, at = put(plan.tokens_NL), put(plan.positions_NL + size)
        length = tokens.shape[1]
        seen = put(np.tri(length, size + length, size, dtype=np.bool_)).expand(page.rows, -1, -1)
        inner, past = self._stack.run(Given(tokens, at, seen, past), remember=True)
        real = np.arange(size + length) <= size + plan.ends_N[:, None]
        return inner[put(np.arange(page.rows)), put(plan.ends_N)], past, put(real)

    def _draw(self, last_ND: torch.Tensor, rng: np.random.Generator) -> list[tuple[int, float]]:
        """A token for each row, and its log-probability."""
        logps_NV = self._stack.logits(last_ND).cpu().double().log_softmax(-1)
        upto_NV = logps_NV.exp().cumsum(-1).numpy()
        draws = rng.random(len(upto_NV)).tolist()
        tokens = [
            min(int(np.searchsorted(upto, draw, side="right")), len(upto) - 1)
            for upto, draw in zip(upto_NV, draws, strict=True)
        ]
        return [(token, float(logps[token])) for token, logps in zip(tokens, logps_NV, strict=True)]
