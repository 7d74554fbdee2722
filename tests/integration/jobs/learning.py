"""A training job whose numbers and checkpoints a test writes itself, as its run would."""

import math
import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID

from arena.core.jobs import Progress
from arena.flow import runs
from arena.store import training
from arena.store.jobs import Claimed
from tests.integration.jobs.desk import Desk

RECIPE: dict[str, Any] = tomllib.loads(Path("examples/train/kuhn.toml").read_text())


class Learning:
    """A running job of the Kuhn recipe, or the one that waits where no spec is given."""

    def __init__(self, desk: Desk, spec: dict[str, Any] | None = RECIPE) -> None:
        self.desk = desk
        if spec is not None:
            desk.launch(spec, "train", spec["name"])
        run = desk.begin()
        assert run is not None
        self.run: Claimed = run
        self.id: UUID = run.id

    def update(self, step: int, **numbers: float) -> None:
        """One row; names with two underscores are evaluations'."""
        named = {name.replace("__", "."): value for name, value in numbers.items()}
        self.desk.do(training.add_metric, self.run, step, named)

    def learn(self, updates: int, every: int = 50) -> None:
        """A curve like a real one's: a row every ten updates, an evaluation every so many."""
        for step in range(10, updates + 1, 10):
            wave = math.sin(step / 7)
            numbers = {
                "loss": 0.05 * wave, "entropy": 0.4 + 0.3 * math.exp(-step / 300), "kl_behaviour": 0.002,
                "staleness": 1.5 + 0.2 * wave, "forfeits": 0.0, "matches": 512.0 * step, "wall_s": step / 20,
                "learner_busy": 0.6, "rollout_busy": 0.35,
            }  # fmt: skip
            if step % every == 0:
                numbers |= {"nashconv.last": 0.9 * math.exp(-step / 200) + 0.04, "nashconv.average": 60 / (step + 66)}
            self.desk.do(training.add_metric, self.run, step, numbers)
        self.tell(updates)

    def tell(self, done: int, of: int = 1000) -> None:
        """Its progress, which the feed hears of."""
        assert self.desk.do(runs.advance, self.run, Progress(done, of, "updates", {}))

    def checkpoint(self, step: int, version_id: UUID | None = None) -> None:
        """One that is stored, and became this player version."""
        folder = f"jobs/{self.id}/checkpoints/{step:08}"
        made = {"update": step, "content_hash": "ab" * 32}
        self.desk.do(training.add_checkpoint, self.run, step, folder, made, version_id)

    def finish(self) -> None:
        """It is done."""
        self.desk.do(runs.finish, self.run)
