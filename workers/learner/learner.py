"""The learner: bundles in, better weights out. One update is `step`, from its top to its bottom.

It knows nothing of where bundles come from, and keeps no time: who drives it does.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from arena.core.chance import derive
from arena.core.errors import TrainingDiverged
from arena.core.trajectory import Bundle
from workers.learner.batch import Batch, Floats, Ints, gather
from workers.learner.metrics import Sums, describe
from workers.learner.occupants import Pool
from workers.learner.optimiser import BoundedAdam
from workers.learner.parts import ADVANTAGES, AVERAGES, LOSSES, REGULARISERS
from workers.learner.passes import portions, run, shares, think
from workers.learner.regulariser import entropy
from workers.learner.schedule import rate
from workers.learner.spec import Part, Spec
from workers.policy.policy import Policy


class Learner:
    """All that learns: the policy, its optimiser, and what advantage, regularisers, average and pool remember."""

    def __init__(self, spec: Spec, policy: Policy) -> None:
        self.spec, self.policy, self.plan = spec, policy, spec.learning
        plan = spec.learning
        self.advantage = ADVANTAGES.load(plan.advantage.kind).build(plan.advantage.spec)
        self.loss = LOSSES.load(plan.loss.kind).build(plan.loss.spec)
        self.regularisers = [REGULARISERS.load(part.kind).build(part.spec) for part in plan.regularisers]
        average = plan.average or Part("none")
        self.average = AVERAGES.load(average.kind).build(average.spec, spec.games)
        self.pool = Pool(spec.pool.every, spec.pool.size if spec.plays_older else 0)
        self.update = 0
        betas = plan.optimiser.beta1, plan.optimiser.beta2
        self.optimiser = BoundedAdam(policy.module.parameters(), plan.optimiser.rate, betas)

    def step(self, bundles: Sequence[Bundle]) -> dict[str, float]:
        """One update.

        Raises:
            TrainingDiverged: something is not finite, or the KL from what played is beyond its bound. The weights are
                then those of the last step that was sound.
        """
        plan, policy = self.plan, self.policy
        batch = gather(bundles, policy.version - plan.max_staleness)
        sums = Sums()
        if batch.turns:
            for regulariser in self.regularisers:
                regulariser.begin(policy, self.update)
            advantage, target = self._weigh(batch)
            for number in range(plan.epochs):
                for share in shares(batch, plan.minibatches, derive(self.spec.seed, "shares", self.update, number)):
                    self._descend(batch, share, (advantage, target), sums)
            self.update += 1
            policy.version += 1
            self.average.update(policy, self.update)
            self.pool.offer(policy.version, policy.state)
        return describe(self, batch, sums)

    def _weigh(self, batch: Batch) -> tuple[Floats, Floats]:
        """How good each turn was, and what the value head should have said."""
        plan = self.plan
        reward = batch.reward_T / plan.reward_scale
        for regulariser in self.regularisers:
            more = regulariser.reward(self.policy, batch, plan.rows)
            reward = reward if more is None else reward + more
        value = np.zeros(batch.turns)
        if self.advantage.values:
            value = think(self.policy, batch, plan.rows).values_C[batch.context_T]
        advantage, target = self.advantage.weigh(batch, reward, value)
        if plan.normalise:
            advantage = advantage / (advantage.std() + 1e-6)
        return advantage, target

    def _descend(self, batch: Batch, share: Ints, weighed: tuple[Floats, Floats], sums: Sums) -> None:
        """One optimiser step, in as many passes as the share needs."""
        optimiser, weights = self.optimiser, self.plan.optimiser
        optimiser.zero_grad()
        for contexts in portions(batch, self.plan.rows, share):
            self._differentiate(batch, contexts, weighed, sums)
        norm = float(torch.nn.utils.clip_grad_norm_(self.policy.module.parameters(), weights.clip))
        sums.norm(norm)
        if not np.isfinite(norm) or not sums.finite or sums.behaviour_kl > self.plan.max_kl:
            what = f"Update {self.update}: the gradient's norm is {norm:.3g}, the KL {sums.behaviour_kl:.3g}."
            raise TrainingDiverged(what, todo="Go on from the last good checkpoint, with a lower rate or fresher data.")
        optimiser.pace(rate(weights, self.update))
        optimiser.step()

    def _differentiate(self, batch: Batch, contexts: Ints, weighed: tuple[Floats, Floats], sums: Sums) -> None:
        """Add one pass's share to the gradient: by act and by context, with the turns' weights added up."""
        here = np.isin(batch.context_T, contexts)
        act_T, context_T = batch.act_T[here], np.searchsorted(contexts, batch.context_T[here])
        advantage_T, target_T = weighed[0][here], weighed[1][here]
        done = run(self.policy, batch, contexts)
        now_V = done.act_logps_V.detach().cpu().double().numpy()
        place_T = np.searchsorted(done.acts_V, act_T)
        found = self.loss(now_V[place_T], batch.behaviour_T[here], advantage_T)
        per_turn = self.plan.minibatches / batch.turns
        pull_V = np.bincount(place_T, found.weight_T, len(done.acts_V)) * per_turn
        total = -(torch.from_numpy(pull_V).to(done.act_logps_V) * done.act_logps_V).sum()
        met_N = np.bincount(context_T, minlength=len(contexts))
        row_weights = torch.from_numpy(met_N * per_turn).to(total)[done.row_context_R]
        for part, regulariser in zip(self.plan.regularisers, self.regularisers, strict=True):
            if (penalty_R := regulariser.penalty(done, batch)) is not None:
                penalty = (row_weights * penalty_R).sum()
                total = total + penalty
                sums.penalise(part.kind, float(penalty.detach()) / self.plan.minibatches / self.plan.epochs)
        if self.advantage.values:
            mean_N = np.bincount(context_T, target_T, len(contexts)) / met_N.clip(1)
            miss_N = (done.values_N - torch.from_numpy(mean_N).to(total)) ** 2
            total = total + self.plan.value_weight * (torch.from_numpy(met_N * per_turn).to(total) * miss_N).sum()
            sums.add_values(float((met_N * miss_N.detach().cpu().numpy()).sum()))
        total.backward()
        rows = met_N[done.row_context_R.cpu().numpy()]
        sums.add(found, now_V[place_T], batch.behaviour_T[here], rows, entropy(done.logps_RA.detach()).cpu().numpy())

    def state(self) -> dict[str, Any]:
        """All that an exact resume needs, on the CPU; random numbers are counted, so they need nothing."""
        policy = self.policy
        return {
            "policy": policy.state(), "version": policy.version, "update": self.update,
            "tokens": list(policy.passed),
            "optimiser": self.optimiser.saved(),
            "advantage": self.advantage.state(), "regularisers": [r.state() for r in self.regularisers],
            "average": self.average.state(), "pool": self.pool.state(),
        }  # fmt: skip

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a state, as if there had been no break."""
        self.policy.load(state["policy"], state["version"])
        self.update, policy = state["update"], self.policy
        policy.passed = state["tokens"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.advantage.load(state["advantage"])
        for regulariser, own in zip(self.regularisers, state["regularisers"], strict=True):
            regulariser.load(own, self.policy)
        self.average.load(state["average"], self.policy)
        self.pool.load(state["pool"])
