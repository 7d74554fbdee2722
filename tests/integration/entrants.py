"""Who enters a ladder, and how far it has come: for tests of the way from submitted to rated."""

from typing import Any
from uuid import UUID

from redis import Redis
from sqlalchemy import Engine, text

from arena.core.terms import Terms
from arena.flow.qualify import Qualifier
from arena.flow.submit import Submission, submit
from arena.store import lives, players
from tests.play import settle

GAMES = ("tic_tac_toe", "kuhn_poker")


def enter(engine: Engine, name: str, kind: str = "stranger", games: tuple[str, ...] = GAMES, **spec: Any) -> UUID:
    with engine.begin() as connection:
        owner = players.owner(connection, f"owner of {name}")
        return submit(connection, owner, Submission(name, kind, spec, games=games))


def life(engine: Engine, version_id: UUID) -> list[str]:
    """Its statuses so far, the one it has now last."""
    with engine.connect() as connection:
        events = lives.history(connection, [version_id])[version_id]
        (version,) = players.versions(connection, ids=[version_id])
    assert not events or events[-1].status == version.status
    return [event.status for event in events] or [version.status]


def reason(engine: Engine, version_id: UUID) -> str:
    with engine.connect() as connection:
        return lives.history(connection, [version_id])[version_id][-1].reason


def events(engine: Engine, name: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        query = text("SELECT data FROM outbox WHERE event = :name ORDER BY id")
        return list(connection.scalars(query, {"name": name}))


def qualifier(engine: Engine) -> Qualifier:
    return Qualifier(engine, Terms())


def all_the_way(engine: Engine, client: Redis | None = None) -> None:
    """Every version that has yet to qualify is through with it."""
    for _ in range(8):
        qualifier(engine).once(frozenset())
        settle(engine, client)


def scheduled(engine: Engine) -> set[UUID]:
    with engine.connect() as connection:
        seats = connection.scalars(text("SELECT DISTINCT unnest(seats) FROM match WHERE purpose = 'rated'"))
        return set(seats)
