"""A training job as users run one: launched over REST, played on Ray, learnt from through Redis."""

import os
from collections.abc import Iterator

import msgspec

from arena.client import Client
from bench.whole import started
from workers.learner.spec import Spec

ENDED = {"done", "failed", "cancelled"}


class JobFailed(Exception):
    """It ended otherwise than done."""


def whole_job(spec: Spec) -> Iterator[dict[str, float]]:
    """Run a job in an arena that plays nothing else; the numbers of each row it keeps.

    It has the machine to itself but for what watches it: one host beside the learner for every two cores. Raises
    `JobFailed` after the last row.
    """
    spec = msgspec.structs.replace(spec, rollout_hosts=max(1, (os.cpu_count() or 2) // 2))
    with started(ARENA_PACE="0") as arena:
        key = (arena.home / "admin.key").read_text().strip()
        with Client(arena.url, key) as client:
            job = client.launch(spec.name, "train", msgspec.to_builtins(spec))
            for row in client.follow_job(job["id"]):
                yield row["numbers"]
            ended = client.job(job["id"])
            if ended["state"] != "done":
                raise JobFailed(f"The job {ended['state']}: {ended['reason']}")
