"""What a process of a job's crew did."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """In one call of `work`; or added up, over calls and processes."""

    matches: int = 0
    trajectories: int = 0
    busy_s: float = 0.0
    """Time spent on playing and sending, of `wall_s`; a policy server has neither."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    tokens: int = 0
    """Tokens that went through the policy."""

    def __add__(self, other: "Done") -> "Done":
        return Done(*(mine + more for mine, more in zip(astuple(self), astuple(other), strict=True)))

    @property
    def busy_share(self) -> float:
        """Of the hosts' time, what was spent on playing."""
        return self.busy_s / self.wall_s if self.wall_s else 0.0
