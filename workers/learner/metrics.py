"""The numbers of one update, as they are stored and drawn."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workers.learner.batch import Batch, Floats, Ints
from workers.learner.flops import flops
from workers.learner.loss import Weights

if TYPE_CHECKING:
    from workers.learner.learner import Learner


class Sums:
    """What adds up over the passes of an update."""

    def __init__(self) -> None:
        self.turns = 0
        self.rows = 0
        self.loss = self.cut = self.kl = self.entropy = self.values = 0.0
        self.norms: list[float] = []
        self.penalties: dict[str, float] = {}

    def add(self, found: Weights, now_T: Floats, then_T: Floats, met_R: Ints, entropy_R: NDArray[np.float32]) -> None:
        """One pass: its loss, and its rows with how many turns met each."""
        count = len(now_T)
        self.turns += count
        self.loss += found.loss * count
        self.cut += found.cut * count
        self.kl += float((then_T - now_T).sum())
        self.rows += int(met_R.sum())
        self.entropy += float((entropy_R * met_R).sum())

    def add_values(self, squared: float) -> None:
        """The value head's squared error, summed over turns."""
        self.values += squared

    def penalise(self, kind: str, penalty: float) -> None:
        """What a regulariser added to the loss, averaged over turns."""
        self.penalties[kind] = self.penalties.get(kind, 0.0) + penalty

    def norm(self, norm: float) -> None:
        """Of one optimiser step's gradient, before it was clipped."""
        self.norms.append(norm)

    @property
    def finite(self) -> bool:
        return bool(np.isfinite([self.loss, self.kl, self.entropy, self.values]).all())

    @property
    def behaviour_kl(self) -> float:
        """KL from what played to what learns, estimated from the turns."""
        return self.kl / max(self.turns, 1)


def describe(learner: "Learner", batch: Batch, sums: Sums) -> dict[str, float]:
    """All numbers of an update but the evaluations."""
    policy, turns = learner.policy, max(sums.turns, 1)
    age = policy.version - 1 - batch.version_T
    return {
        "update": learner.update, "version": policy.version, "trajectories": len(batch.scores), "turns": batch.turns,
        "contexts": len(batch.prompts), "stale_turns": batch.stale,
        "staleness": float(age.mean()) if batch.turns else 0.0, "staleness_max": int(age.max()) if batch.turns else 0,
        "forfeits": batch.forfeits / max(len(batch.scores), 1), "seat_gap": _seat_gap(batch), "loss": sums.loss / turns,
        "value_loss": sums.values / turns, "cut": sums.cut / turns, "entropy": sums.entropy / max(sums.rows, 1),
        "kl_behaviour": sums.behaviour_kl, "grad_norm": float(np.mean(sums.norms)) if sums.norms else 0.0,
        "response_tokens": sums.rows / turns, "tokens": policy.tokens_seen, "flops": flops(policy),
        **{f"penalty_{kind}": value for kind, value in sums.penalties.items()},
    }  # fmt: skip


def _seat_gap(batch: Batch) -> float:
    """Share of wins in the seat that wins most, less that in the seat that wins least."""
    wins: dict[int, list[bool]] = {}
    for seat, score in batch.scores:
        wins.setdefault(seat, []).append(score > 0)
    shares = [sum(won) / len(won) for won in wins.values()]
    return max(shares) - min(shares) if shares else 0.0
