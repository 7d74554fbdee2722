"""What a training job is asked to do, as TOML or JSON. Free of torch: any process can check a spec."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from arena.core import specs
from arena.core.errors import BadTrainingSpec
from arena.flow import batch, names
from games import catalog
from workers.learner.parts import BATCH, NAMES, RATED
from workers.policy.prompts import Format

Count = Annotated[int, Meta(ge=1, le=10**9)]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0, le=1e9)]


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A plug-in and its parameters. What a kind takes stands in the literal `PART` of its file."""

    kind: str
    spec: dict[str, Any] = {}


class Game(Struct, frozen=True, forbid_unknown_fields=True):
    """One game of the mixture, and how its positions are put to the policy."""

    name: str
    variant: str = "standard"
    view: str = "compact"
    rounds: Count = 1
    opening_plies: Annotated[int, Meta(ge=0, le=100)] = 0
    prompt: Format = "view"
    """A name in `workers/policy/prompts.py`."""
    mode: Literal["choose", "write"] = "choose"
    """Score the legal actions and draw one, or write freely and forfeit for what is no legal action."""
    weight: Positive = 1.0


class Opponent(Struct, frozen=True, forbid_unknown_fields=True):
    """Who else sits at a share of the tables."""

    kind: str = "mirror"
    spec: dict[str, Any] = {}
    weight: Positive = 1.0


class Optimiser(Struct, frozen=True, forbid_unknown_fields=True):
    """Adam and its schedule."""

    rate: Positive = 3e-4
    decay: Literal["none", "linear", "inverse_sqrt"] = "none"
    """How the rate falls over `decay_updates`: to a fiftieth in a line, or as 1/√(1 + updates/decay_updates)."""
    decay_updates: Count = 1000
    warmup_updates: Annotated[int, Meta(ge=0, le=10**6)] = 0
    beta1: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    """Momentum: 0 in games, where yesterday's gradient points at yesterday's opponent."""
    beta2: Annotated[float, Meta(ge=0, lt=1)] = 0.999
    clip: Positive = 1.0
    """Largest norm of a gradient."""


class Learning(Struct, frozen=True, forbid_unknown_fields=True):
    """One update: its data, its objective, its bounds."""

    matches: Count = 1024
    """Matches a bundle."""
    bundles: Count = 1
    """Bundles an update."""
    advantage: Part = Part("rae")
    loss: Part = Part("reinforce")
    regularisers: list[Part] = []
    average: Part | None = None
    optimiser: Optimiser = Optimiser()
    epochs: Annotated[int, Meta(ge=1, le=100)] = 1
    minibatches: Annotated[int, Meta(ge=1, le=1000)] = 1
    """Optimiser steps an epoch, each on a random share of the prompts."""
    value_weight: Annotated[float, Meta(ge=0, le=100)] = 0.5
    """Of the value head's squared error, where the advantage has use for values."""
    explore: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    """Share of the moves that learning seats draw from all legal ones alike; 0 where `mode` is `write`."""
    normalise: bool = False
    """Divide the advantages of a batch by their standard deviation."""
    reward_scale: Positive = 1.0
    """Rewards are divided by it: set it to what a match is about."""
    max_staleness: Annotated[int, Meta(ge=0, le=10**6)] = 8
    """Turns of policies older than this many updates are not learnt from."""
    max_kl: Positive = 20.0
    """A KL from what played to what learns beyond this raises an error."""
    rows: Count = 1024
    """Prompts in one pass; gradients add up over the passes of a step."""


class Evaluation(Struct, frozen=True, forbid_unknown_fields=True):
    """A measurement in the loop."""

    kind: str
    spec: dict[str, Any] = {}
    every: Count = 50
    """Updates from one to the next."""


class Guard(Struct, frozen=True, forbid_unknown_fields=True):
    """When to go back to the best weights."""

    max_forfeits: Share = 1.0
    min_entropy: Annotated[float, Meta(ge=0, le=20)] = 0.0
    max_kl: Positive = 10.0
    watch: str = ""
    """The evaluation's number that says which weights are best, as `kind.number`."""
    better: Literal["low", "high"] = "low"
    """Which values of it are: refused where the evaluation knows better, as that a score is better `high`."""
    slack: Annotated[float, Meta(ge=0, le=1e6)] = 0.2
    """How much worse than the best, in its own units, the watched number may be …"""
    patience: Count = 3
    """… for this many evaluations on end."""


class PoolSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The older versions that `lagged` opponents are drawn from."""

    every: Count = 50
    """Updates from one that is taken in to the next."""
    size: Annotated[int, Meta(ge=1, le=100)] = 8


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a job ends: at whichever comes first."""

    updates: Count = 10**9
    cpu_s: Positive = 1e9
    """Of all processors: the learner's and the hosts'."""
    wall_s: Positive = 1e9
    """On the clock while the job runs, each run from its first match on: starting up and waiting do not count."""


class Checkpoints(Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of the way, besides the end."""

    every: Count = 500
    """Updates from one to the next."""
    promote: bool = True
    """Submit each as a player version, to be rated in the games trained as `standard` with `mode = "choose"`."""
    player: Annotated[str, Meta(pattern="^([a-z0-9][a-z0-9._-]{0,63})?$")] = ""
    """The player's name; else the job's."""
    league: Literal["open", "bare"] = "open"
    """Where it is rated. The arena holds its weights by their hash, so it may play in either."""


class PolicySpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The network that learns."""

    backend: str = "tiny"
    spec: dict[str, Any] = {}
    device: Annotated[str, Meta(pattern="^(cpu|cuda(:[0-9]{1,3})?|mps)$")] = "cpu"
    """Where the learner, and whoever holds the policy for rollouts, computes; a checkpoint plays on the CPU."""
    start: Annotated[str, Meta(max_length=1000)] = ""
    """A checkpoint whose weights it begins with, of the same backend and spec: its folder in the artifact store."""


class Spec(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A training job."""

    name: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
    games: Annotated[list[Game], Meta(min_length=1, max_length=64)]
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    policy: PolicySpec = PolicySpec()
    opponents: Annotated[list[Opponent], Meta(min_length=1, max_length=64)] = field(
        default_factory=lambda: [Opponent()]
    )
    pool: PoolSpec = PoolSpec()
    learning: Learning = Learning()
    evaluations: list[Evaluation] = []
    guard: Guard = Guard()
    budget: Budget = Budget()
    checkpoints: Checkpoints = Checkpoints()
    rollout_hosts: Annotated[int, Meta(ge=1, le=1024)] = 1
    """Processes that play, anywhere in the cluster. One process of its own has no use for it."""
    serving: Literal["host", "server"] = "host"
    """Each rollout host holds the policy itself, or all of them ask one policy server: for what is large."""

    @property
    def plays_older(self) -> bool:
        """Whether anybody draws from the pool: if not, none is kept."""
        return any(o.kind == "lagged" for o in self.opponents)

    @property
    def rated(self) -> tuple[str, ...]:
        """Games that were trained as they are rated: what a checkpoint is a player for."""
        return tuple(sorted({g.name for g in self.games if all(getattr(g, f) == v for f, v in RATED.items())}))

    @property
    def batch(self) -> int:
        """Trajectories an update: where others sit at some tables, only the learning seats of those count."""
        return batch.size(BATCH, msgspec.to_builtins(self))

    @property
    def max_running(self) -> int:
        """Trajectories that all hosts may have under way: two batches, and a bundle for each host."""
        seats = max(catalog.load(g.name).check_variant(g.variant).seats for g in self.games)
        return 2 * self.batch + self.rollout_hosts * self.learning.matches * seats


WRITES = {"contains": {"properties": {"mode": {"const": "write"}}, "required": ["mode"]}}
NO_SET = 'A game has `mode = "write"`, which has no set of moves to explore: leave it at 0.'
RULES: dict[str, Any] = {
    "if": {"properties": {"games": WRITES}, "required": ["games"]},
    "then": {"properties": {"learning": {"properties": {"explore": {"const": 0, "$comment": NO_SET}}}}},
}
"""What types cannot say: who writes freely has no set to draw from, so does not explore."""


def schema() -> dict[str, Any]:
    """The JSON schema of a spec."""
    return msgspec.json.schema(Spec) | RULES


def read(path: Path) -> Spec:
    """A checked spec from a TOML or JSON file. Raises `BadTrainingSpec`, `BadSpec`."""
    text = path.read_bytes()
    try:
        decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
        return check(decode(text, type=Spec))
    except msgspec.MsgspecError as error:
        raise BadTrainingSpec(f"{path.name}: {error}.", todo="See docs/learning.md for what a spec may hold.") from None


def convert(data: object) -> Spec:
    """A checked spec from plain data. Raises `BadTrainingSpec`, `BadSpec`."""
    try:
        return check(msgspec.convert(data, Spec))
    except msgspec.ValidationError as error:
        raise BadTrainingSpec(f"{error}.", todo="See docs/learning.md for what a spec may hold.") from None


def check(spec: Spec) -> Spec:
    """The spec itself, if all that it names exists, takes what it is given, and goes together. Raises `BadSpec`."""
    plain = msgspec.to_builtins(spec)
    specs.fit(plain, RULES, "spec", "docs/learning.md")
    names.check(NAMES, plain, "docs/learning.md")
    batch.check(BATCH, plain)
    return spec
