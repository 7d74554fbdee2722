"""Passes of the policy over a batch's contexts: what it thinks of them now, in portions that fit.

A pass gives *rows*: distributions with a weight each. A chosen move is one row over its legal set; a written one is a
row over the vocabulary for each of its tokens. Entropy and KL are exact for both, and regularisers see no difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from workers.learner.batch import Batch, Floats, Ints
from workers.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Pass:
    """R rows and V acts of N contexts. Tensors lie where the policy computes."""

    contexts_N: Ints
    acts_V: Ints
    """Places of the acts in the batch."""
    logps_RA: torch.Tensor
    row_context_R: torch.Tensor
    """Of each row: its context, as a place in `contexts_N`."""
    act_logps_V: torch.Tensor
    values_N: torch.Tensor


def portions(batch: Batch, rows: int, among: Ints | None = None) -> Iterator[Ints]:
    """The batch's contexts (or those `among`) in portions of one sort, chosen or written."""
    contexts = np.arange(len(batch.prompts)) if among is None else np.sort(among)
    split = int(np.searchsorted(contexts, len(batch.legal)))
    for part in (contexts[:split], contexts[split:]):
        for start in range(0, len(part), rows):
            yield part[start : start + rows]


def shares(batch: Batch, count: int, seed: int) -> list[Ints]:
    """The contexts of each optimiser step of an epoch: all of them, or an even random share each."""
    contexts = np.arange(len(batch.prompts))
    order = contexts if count == 1 else np.random.default_rng(seed).permutation(contexts)
    return [share for share in np.array_split(order, count) if len(share)]


def run(policy: Policy, batch: Batch, contexts_N: Ints) -> Pass:
    """What the policy thinks of a portion, with gradients."""
    acts_V = np.flatnonzero(np.isin(batch.act_context_U, contexts_N))
    row_V = policy.put(np.searchsorted(contexts_N, batch.act_context_U[acts_V]))
    prompts = [batch.prompts[i] for i in contexts_N]
    if contexts_N[0] < len(batch.legal):
        scores = policy.forward(prompts, [batch.legal[i] for i in contexts_N])
        picked = scores.logps_NA[row_V, policy.put(batch.act_place_U[acts_V])]
        return Pass(contexts_N, acts_V, scores.logps_NA, policy.put(np.arange(len(prompts))), picked, scores.values_N)
    texts = [batch.texts[i - len(batch.legal)] for i in contexts_N]
    logps_NTV, mask_NT, values_N = policy.forward_texts(prompts, texts)
    tokens_NT = torch.zeros_like(mask_NT, dtype=torch.long)
    tokens_NT[mask_NT] = policy.put([token for text in texts for token in text])
    each_NT = logps_NTV.gather(2, tokens_NT[..., None]).squeeze(-1) * mask_NT
    rows = mask_NT.nonzero()[:, 0]
    return Pass(contexts_N, acts_V, logps_NTV[mask_NT], rows, each_NT.sum(1)[row_V], values_N)


@dataclass(frozen=True, slots=True)
class Thoughts:
    """What a policy thinks of a whole batch, without gradients."""

    act_logps_U: Floats
    values_C: Floats


@torch.no_grad()
def think(policy: Policy, batch: Batch, rows: int) -> Thoughts:
    """All of a batch's contexts, read once."""
    logps, values = np.zeros(len(batch.act_context_U)), np.zeros(len(batch.prompts))
    for contexts in portions(batch, rows):
        done = run(policy, batch, contexts)
        logps[done.acts_V] = done.act_logps_V.cpu().numpy()
        values[contexts] = done.values_N.cpu().numpy()
    return Thoughts(logps, values)
