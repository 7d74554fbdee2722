"""Jobs on a real database, one transaction a step, as the API and the runners take them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from arena.core.jobs import Progress
from arena.flow import launch, runs, wishes
from arena.store import jobs, players
from arena.store.jobs import Claimed

SPEC = {"game": "kuhn_poker", "seats": [{"kind": "cfr"}, {"kind": "random"}], "matches": 10}
LEASE_S = 60.0
ATTEMPTS = 3


STEPS = {"pause": wishes.pause, "resume": wishes.resume, "cancel": wishes.cancel}


class Desk:
    """One transaction a step, as the API and the runners do."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with engine.begin() as connection:
            self.owner = players.owner(connection, "somebody")

    def launch(self, spec: dict[str, Any] = SPEC, kind: str = "selfplay", name: str = "some") -> UUID:
        with self.engine.begin() as connection:
            return launch.launch(connection, self.owner, name, kind, spec)

    def begin(self, runner: str = "r", lease_s: float = LEASE_S, attempts: int = ATTEMPTS) -> Claimed | None:
        with self.engine.begin() as connection:
            return runs.begin(connection, runner, lease_s=lease_s, attempts=attempts)

    def do(self, step: Any, *given: Any, **named: Any) -> Any:
        with self.engine.begin() as connection:
            return step(connection, *given, **named)

    def advance(self, run: Claimed, done: int) -> bool:
        return self.do(runs.advance, run, Progress(done, 10, "files", {"matches": done}))

    def lose(self, job_id: UUID) -> None:
        """As if the runner had been silent for longer than its lease."""
        self.put(job_id, "lease_until = now() - interval '1 s'")

    def now(self, job_id: UUID) -> None:
        """As if the back-off were over."""
        self.put(job_id, "retry_at = now()")

    def put(self, job_id: UUID, what: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(f"UPDATE job SET {what} WHERE id = :id"), {"id": job_id})

    def seen(self, job_id: UUID) -> dict[str, Any]:
        with self.engine.connect() as connection:
            return jobs.page(connection, ids=[job_id])[0]

    def seen_all(self) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return jobs.page(connection)

    def told(self, job_id: UUID) -> list[str]:
        """The states that the feed heard of."""
        query = text(
            "SELECT data->>'state' FROM outbox WHERE event = 'job.state' AND data->>'job_id' = :id ORDER BY id"
        )
        with self.engine.connect() as connection:
            return list(connection.scalars(query, {"id": str(job_id)}))


def running(desk: Desk) -> tuple[UUID, Claimed]:
    job_id = desk.launch()
    run = desk.begin()
    assert run is not None
    assert run.id == job_id
    return job_id, run
