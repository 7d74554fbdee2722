"""The readings of a big arena stay cheap."""

from sqlalchemy import Engine, text

from arena.store import vitals

MANY = """
    INSERT INTO finding (id, kind, detail)
    SELECT gen_random_uuid(), 'result.' || (n % 3), jsonb_build_object('why', repeat('x', 500))
    FROM generate_series(1, 20000) n
"""


def test_refusals_are_counted_in_an_index(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(MANY))
        connection.execute(text("VACUUM ANALYZE finding"))
        plan = "\n".join(connection.scalars(text(f"EXPLAIN {vitals.REFUSED}")))
        assert "ix_finding_kind" in plan, plan
        assert "Seq Scan" not in plan, plan
        assert vitals.read(connection).refused == {"result.0": 6666, "result.1": 6667, "result.2": 6667}
