"""Is a model one that can be read in our ways? Asked once, when it is loaded, by comparing with the plainest way.

Not every architecture takes trees, shared beginnings or cuts, and some change their logits at the very end. A wrong
log-probability would spoil everything built on it without a sign.
"""

from typing import TYPE_CHECKING

import torch

from arena.core.errors import BadSpec
from workers.policy.policy import Tokens

if TYPE_CHECKING:
    from workers.policy.lm.language_model import LanguageModel

CLOSE = {"float32": 2e-3, "bfloat16": 0.5}
"""Nats; rounding is well below."""


@torch.no_grad()
def probe(policy: "LanguageModel") -> None:
    """Raises `BadSpec` if the policy's scores are not those of the model by itself."""
    prompts = [policy.encode("The first player passes, the second bets"), policy.encode("The first player passes")]
    a, b, c, d, *_ = dict.fromkeys(policy.encode("zero one two three four five six seven eight nine"))
    legal = ((a, c), (a, d), (b,))
    found = policy.forward(prompts, [legal, legal]).logps_NA
    for prompt, logps in zip(prompts, found, strict=True):
        first, second = _plain(policy, prompt, (a, b)), _plain(policy, (*prompt, a), (c, d), len(prompt))
        expected = torch.stack([first[0] + second[0], first[0] + second[1], first[1]])
        apart = float((logps - expected).abs().max())
        if not apart <= CLOSE[policy.config.dtype]:
            what = (
                f"{policy.config.model!r} is not a model whose prompts can be shared: scores are {apart:.2g} nats off."
            )
            raise BadSpec(
                what, todo="Choose a transformer with plain causal attention, such as a Llama, Qwen or GPT-2."
            )


def _plain(policy: "LanguageModel", line: Tokens, ways: Tokens, size: int | None = None) -> torch.Tensor:
    """Log-probabilities of a few tokens after a line, of which the first `size` tokens are the prompt."""
    size = len(line) if size is None else size
    tokens = policy.put([[*policy.frame.around(line[:size]), *line[size:]]])
    logits = policy.stack.model(input_ids=tokens).logits[0, -1].float()
    return logits[list(ways)].log_softmax(-1)
