"""A role of PostgreSQL that may read and write the arena's tables, and owns none of them."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url


@contextmanager
def another_role(engine: Engine, database_url: str) -> Generator[str]:
    """The URL with which it connects; the role goes again."""
    name = password = f"role_{secrets.token_hex(6)}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}"))
        connection.execute(text(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}"))
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {name}"))
    try:
        url = make_url(database_url).set(username=name, password=password)
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {name}"))
            connection.execute(text(f"DROP ROLE {name}"))
