"""Trajectories as arrays: equal prompts once, equal decisions once, turns by reference.

A *context* is a prompt with its legal set, or a prompt alone where the move was written. An *act* is a context with
what was done there. The gradient of a sum over turns is a sum over acts with the turns' weights added up, so the
policy reads each context once however many turns met it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from arena.core.trajectory import FREE, Bundle, Setting, Trajectory
from arena.core.wire import FAULTS
from workers.policy.policy import LegalSet, Tokens

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Batch:
    """C contexts, of which the first K chose from a legal set; U acts; T turns, in the order they were taken."""

    prompts: list[Tokens]
    legal: list[LegalSet]
    """Of the first K contexts."""
    texts: list[Tokens]
    """Of each context from K on: what was written there."""
    act_context_U: Ints
    act_place_U: Ints
    """Place in the legal set; 0 for what was written."""
    act_T: Ints
    behaviour_T: Floats
    """Log-probability of the act when it was done."""
    version_T: Ints
    reward_T: Floats
    last_T: NDArray[np.bool_]
    """The trajectory's last turn."""
    group_T: Ints
    """Setting and seat, as a place in `groups`."""
    groups: list[tuple[Setting, int]]
    scores: list[tuple[int, float]]
    """Of each trajectory: its seat and its score."""
    forfeits: int
    stale: int
    """Turns left out since they are too old."""

    @property
    def context_T(self) -> Ints:
        return self.act_context_U[self.act_T]

    @property
    def turns(self) -> int:
        return len(self.act_T)

    def returns_T(self, reward_T: Floats) -> Floats:
        """Of each turn: the rewards from there to the trajectory's end."""
        upto = np.cumsum(reward_T)
        ends = np.flatnonzero(self.last_T)
        return upto[ends][np.searchsorted(ends, np.arange(self.turns))] - upto + reward_T


@dataclass(slots=True)
class _Gathering:
    """The lists that a batch is made from."""

    contexts: dict[tuple[Tokens, LegalSet | Tokens, bool], int] = field(default_factory=dict)
    prompts: list[Tokens] = field(default_factory=list)
    extras: list[LegalSet | Tokens] = field(default_factory=list)
    written: list[bool] = field(default_factory=list)
    acts: dict[tuple[int, int], int] = field(default_factory=dict)
    rows: list[tuple[int, float, int, float, bool, int]] = field(default_factory=list)
    """A turn each: act, behaviour log-probability, version, reward, whether it is the last, group."""
    groups: dict[tuple[Setting, int], int] = field(default_factory=dict)

    def context(self, prompt: Tokens, extra: LegalSet | Tokens, *, written: bool) -> int:
        place = self.contexts.setdefault((prompt, extra, written), len(self.prompts))
        if place == len(self.prompts):
            self.prompts.append(prompt)
            self.extras.append(extra)
            self.written.append(written)
        return place


def gather(bundles: Sequence[Bundle], oldest: int) -> Batch:
    """One batch of bundles. Trajectories with a turn of a policy older than version `oldest` are left out."""
    found, stale, forfeits, scores = _Gathering(), 0, 0, list[tuple[int, float]]()
    for bundle in bundles:
        reader = _Reader(bundle, found)
        for trajectory in bundle.trajectories:
            if any(bundle.sources[turn.source].version < oldest for turn in trajectory.turns):
                stale += len(trajectory.turns)
                continue
            reader.add(trajectory)
            scores.append((trajectory.seat, trajectory.score))
            forfeits += trajectory.stop in FAULTS
    return _batch(found, scores, forfeits, stale)


class _Reader:
    """Reads one bundle into the gathering; what the bundle says once is looked up once."""

    def __init__(self, bundle: Bundle, found: _Gathering) -> None:
        self._bundle, self._found = bundle, found
        self._prompts = [tuple(p) for p in bundle.prompts]
        self._legal = [tuple([tuple(a) for a in actions]) for actions in bundle.legal]
        self._contexts: dict[tuple[int, int], int] = {}

    def add(self, trajectory: Trajectory) -> None:
        found, sources = self._found, self._bundle.sources
        group = found.groups.setdefault(
            (self._bundle.settings[trajectory.setting], trajectory.seat), len(found.groups)
        )  # fmt: skip
        for turn in trajectory.turns:
            if turn.legal == FREE:
                context, place = found.context(self._prompts[turn.prompt], tuple(turn.tokens), written=True), 0
            else:
                context, place = self._chosen(turn.prompt, turn.legal), turn.action
            act = found.acts.setdefault((context, place), len(found.acts))
            logp = turn.logps[0] if len(turn.logps) == 1 else sum(turn.logps)
            found.rows.append((act, logp, sources[turn.source].version, turn.reward, False, group))
        found.rows[-1] = (*found.rows[-1][:4], True, group)

    def _chosen(self, prompt: int, legal: int) -> int:
        context = self._contexts.get((prompt, legal))
        if context is None:
            context = self._found.context(self._prompts[prompt], self._legal[legal], written=False)
            self._contexts[prompt, legal] = context
        return context


def _batch(found: _Gathering, scores: list[tuple[int, float]], forfeits: int, stale: int) -> Batch:
    """Contexts in the order: chosen before written, short before long, so that passes hold little padding."""
    size = [len(p) + len(e) * w for p, e, w in zip(found.prompts, found.extras, found.written, strict=True)]
    order = sorted(range(len(size)), key=lambda i: (found.written[i], size[i]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    acts = np.array(list(found.acts), np.int64).reshape(-1, 2)
    columns = list(zip(*found.rows, strict=True)) or [()] * 6
    chosen = [i for i in order if not found.written[i]]
    return Batch(
        prompts=[found.prompts[i] for i in order],
        legal=[found.extras[i] for i in chosen],  # pyright: ignore[reportArgumentType]
        texts=[found.extras[i] for i in order[len(chosen) :]],  # pyright: ignore[reportArgumentType]
        act_context_U=place[acts[:, 0]], act_place_U=acts[:, 1], act_T=np.array(columns[0], np.int64),
        behaviour_T=np.array(columns[1], np.float64), version_T=np.array(columns[2], np.int64),
        reward_T=np.array(columns[3], np.float64), last_T=np.array(columns[4], np.bool_),
        group_T=np.array(columns[5], np.int64), groups=list(found.groups), scores=scores,
        forfeits=forfeits, stale=stale,
    )  # fmt: skip
