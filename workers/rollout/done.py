"""What a process of a job's crew did in one call of `work`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """Since it was last asked."""

    matches: int = 0
    trajectories: int = 0
    busy_s: float = 0.0
    """Time spent on playing and sending, of `wall_s`; a policy server has neither."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    tokens: int = 0
    """Tokens that went through the policy."""
