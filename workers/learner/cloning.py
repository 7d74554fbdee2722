"""Behaviour cloning: a policy learns a teacher's whole distribution in every position of a small game.

No play is needed.
"""

from collections.abc import Iterator

import numpy as np
import torch

from arena.core.chance import derive
from workers.learner.lessons import Lessons
from workers.learner.losses.sft import soft
from workers.policy.policy import Policy


def clone(policy: Policy, lessons: Lessons, steps: int, rate: float, rows: int = 512) -> Iterator[float]:
    """Optimiser steps on random lessons, in place; gives the loss of each: 0 is the teacher itself."""
    optimiser = torch.optim.Adam(policy.module.parameters(), rate)
    targets_NA = policy.put(lessons.targets_NA.astype(np.float32))
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - 0.9 * step / steps)
        rng = np.random.default_rng(derive(0, "clone", step))
        some = rng.permutation(len(lessons.prompts))[:rows]
        logps_NA = policy.forward([lessons.prompts[i] for i in some], [lessons.legal[i] for i in some]).logps_NA
        loss = soft(logps_NA, targets_NA[policy.put(some), : logps_NA.shape[1]], logps_NA.new_ones(len(some)))
        optimiser.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        torch.nn.utils.clip_grad_norm_(policy.module.parameters(), 1.0)
        optimiser.step()
        yield float(loss.detach())
    policy.version += 1
