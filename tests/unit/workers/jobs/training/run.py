"""A run of a job as its training sees it, without a database: artifacts in a folder, rows in a list."""

from pathlib import Path
from uuid import UUID

from arena.store.artifacts import Artifacts

ID = UUID("0197a000-0000-7000-8000-000000000000")


class Run:
    """Stands in for `workers.jobs.work.Work`."""

    id, folder = ID, f"jobs/{ID}"

    def __init__(self, folder: Path, generation: int = 1) -> None:
        self.generation = generation
        self.artifacts = Artifacts(folder.as_uri())
        self.rows: list[tuple[int, dict[str, float]]] = []

    def write(self, name: str, data: bytes) -> None:
        self.artifacts.write(f"{self.folder}/{name}", data)

    def measured(self, step: int, numbers: dict[str, float]) -> None:
        self.rows.append((step, numbers))
