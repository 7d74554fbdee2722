"""What a training job keeps in the artifact store: its resume point, and checkpoints that anyone can seat."""

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from workers.jobs.work import Work
from workers.learner import resume
from workers.learner.learner import Learner
from workers.learner.ledger import Ledger
from workers.learner.spec import Spec
from workers.policy.weights import pack

POINT = re.compile(r"resume-(\d{6})\.pt")


def save_point(work: Work, state: dict[str, Any]) -> None:
    """Write this run's resume point over its last one, whole or not at all. Raises `JobLost`.

    Each run has a name of its own: one that was held up in the middle of writing cannot overwrite its successor's.
    """
    work.write(f"resume-{work.generation:06}.pt", resume.pack(state))
    for generation, name in points(work)[:-1]:
        if generation < work.generation:
            work.artifacts.remove(f"{work.folder}/{name}")


def load_point(work: Work) -> dict[str, Any] | None:
    """The last resume point; None before the first. It may hold nothing but data."""
    found = points(work)
    return resume.unpack(work.artifacts.read(f"{work.folder}/{found[-1][1]}")) if found else None


def points(work: Work) -> list[tuple[int, str]]:
    """Generations and names of the resume points that are there, in order."""
    names = ((POINT.fullmatch(name), name) for name in work.artifacts.names(work.folder))
    return sorted((int(match[1]), name) for match, name in names if match)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where one is, and what its manifest says."""

    folder: str
    manifest: dict[str, Any]


def save_checkpoint(work: Work, spec: Spec, learner: Learner, ledger: Ledger, more: dict[str, Any]) -> Checkpoint:
    """Weights first, then the manifest, which says that they are whole. Raises `JobLost`.

    The generation is part of its name: a run that goes on from before a checkpoint comes to that update with other
    weights, and the player that the first one became must find its own.
    """
    policy, content_hash = learner.policy, learner.policy.content_hash.hex()
    name = f"checkpoints/{learner.update:08}-{work.generation}"
    manifest = {
        "job": str(work.id), "update": learner.update, "version": policy.version,
        "content_hash": content_hash, "parameters": policy.parameters,
        "spec": msgspec.to_builtins(spec), "parents": ledger.parents(content_hash),
        "learnt_from": ledger.plain(), **more,
    }  # fmt: skip
    work.write(f"{name}/policy.safetensors", pack(policy.state()))
    work.write(f"{name}/manifest.json", json.dumps(manifest, indent=1).encode())
    return Checkpoint(f"{work.folder}/{name}", manifest)
