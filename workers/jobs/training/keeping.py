"""What a training job keeps in the artifact store: its resume point, and checkpoints that anyone can seat."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from arena.core.errors import UnknownArtifact
from workers.jobs.training.ledger import Ledger
from workers.jobs.work import Work
from workers.learner import resume
from workers.learner.learner import Learner
from workers.learner.spec import Spec
from workers.policy.weights import pack

RESUME = "resume.pt"


def save_point(work: Work, state: dict[str, Any]) -> None:
    """Write the resume point over the last one, whole or not at all. Raises `JobLost`."""
    work.write(RESUME, resume.pack(state))


def load_point(work: Work) -> dict[str, Any] | None:
    """The last resume point; None before the first. It may hold nothing but data."""
    try:
        blob = work.artifacts.read(f"{work.folder}/{RESUME}")
    except UnknownArtifact:
        return None
    return resume.unpack(blob)


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
    policy = learner.policy
    name = f"checkpoints/{learner.update:08}-{work.generation}"
    manifest = {
        "job": str(work.id), "update": learner.update, "version": policy.version,
        "content_hash": policy.content_hash.hex(), "parameters": policy.parameters,
        "spec": msgspec.to_builtins(spec), "learnt_from": ledger.plain(), **more,
    }  # fmt: skip
    work.write(f"{name}/policy.safetensors", pack(policy.state()))
    work.write(f"{name}/manifest.json", json.dumps(manifest, indent=1).encode())
    return Checkpoint(f"{work.folder}/{name}", manifest)
