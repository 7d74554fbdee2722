"""Where a policy computes: the device that a spec names, if this machine has it."""

import socket

import numpy as np
import torch
from numpy.typing import ArrayLike

from arena.core.errors import BadTrainingSpec


def here() -> list[str]:
    """The devices of this machine, by the names that a spec may give them."""
    cuda = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return ["cpu", *cuda, *(["mps"] if torch.backends.mps.is_available() else [])]


def find(name: str) -> torch.device:
    """The device of that name; `cuda` is the first of them. Raises `BadTrainingSpec` if it is not there."""
    there = here()
    if ("cuda:0" if name == "cuda" else name) not in there:
        what = f"policy.device is {name!r}, and {socket.gethostname()} has only: {', '.join(there)}."
        raise BadTrainingSpec(what, todo="Name one that is there, or run the job where there is such a device.")
    return torch.device(name)


def put(values: ArrayLike, device: torch.device) -> torch.Tensor:
    """Numbers as a tensor there."""
    return torch.from_numpy(np.asarray(values)).to(device)
