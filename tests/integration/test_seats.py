"""Who sits in which match: an index of the arena's own, which is to hold all that the matches say, and no more."""

from alembic import command
from sqlalchemy import Engine, text

from tests.integration.test_migrations import described
from tests.integration.test_months import migrate
from tests.play import enter, order

KEPT = "SELECT version_id, match_id FROM match_seat ORDER BY 1, 2"
SAID = "SELECT DISTINCT unnest(seats), id FROM match ORDER BY 1, 2"


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_matches_made_before_there_was_such_an_index_are_in_it(engine: Engine) -> None:
    a, b = enter(engine, "ada", "bob")
    for seats in ((a, b), (b, a), (a, a)):
        order(engine, "kuhn_poker", seats)
    kept, before = rows(engine, KEPT), described(engine)
    assert kept == rows(engine, SAID)
    assert len(kept) == 5
    migrate(engine, command.downgrade, "0011")
    migrate(engine, command.upgrade, "head")
    assert rows(engine, KEPT) == kept
    assert described(engine) == before
