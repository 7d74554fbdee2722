"""Where a policy begins: with the weights of a checkpoint, if its spec names one."""

import json
from typing import Any

from safetensors import SafetensorError

from arena.core.errors import BadSpec, BadTrainingSpec, UnknownArtifact
from arena.store.artifacts import Artifacts
from workers.learner.spec import PolicySpec
from workers.policy.policy import BACKENDS, Policy
from workers.policy.weights import unpack


def begin(policy: Policy, asked: PolicySpec, artifacts: Artifacts) -> str:
    """Give a fresh policy the weights of the checkpoint `asked.start`; their content hash.

    Raises:
        BadTrainingSpec: there is no such checkpoint, or it is of a policy of another backend or shape.
    """
    folder = artifacts.name(asked.start)
    try:
        made = json.loads(artifacts.read(f"{folder}/manifest.json"))
        _check_shape(asked, made["spec"]["policy"])
        policy.load(unpack(artifacts.read(f"{folder}/policy.safetensors")), 0)
        found, said = policy.content_hash.hex(), made["content_hash"]
    except UnknownArtifact as error:
        todo = "Name a checkpoint's folder in this arena's artifact store, as `arena jobs follow ID` prints it."
        raise BadTrainingSpec(f"policy.start: {error.what}", todo=todo) from None
    except (ValueError, LookupError, TypeError, RuntimeError, SafetensorError, BadSpec) as error:
        why = str(error).strip().partition("\n")[0]
        what = f"policy.start: {asked.start} holds no checkpoint that can be read: {why}"
        raise BadTrainingSpec(what, todo="Name another checkpoint of that job.") from error
    if found != said:  # it covers what is frozen, too
        what = f"policy.start: with the weights of {asked.start} the policy is {found}, and should be {said}."
        raise BadTrainingSpec(what, todo="Give `policy.spec` the base model that it was trained from.")
    return found


def _check_shape(asked: PolicySpec, made: dict[str, Any]) -> None:
    """Some of a spec, such as how many heads there are, changes what is computed and no tensor's shape."""
    mine, theirs = _whole(asked.backend, asked.spec), _whole(made["backend"], made["spec"])
    if mine != theirs:
        raise BadTrainingSpec(
            f"policy.start: {asked.start} is a policy of another kind or shape.",
            todo=f"Let `policy` have: backend {made['backend']}, spec {json.dumps(made['spec'])}.",
        )


def _whole(backend: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A policy's spec, with the defaults of its backend where it says nothing."""
    fields = BACKENDS.literal(backend, "BACKEND")["spec"]["properties"]
    return backend, {name: field["default"] for name, field in fields.items()} | spec
