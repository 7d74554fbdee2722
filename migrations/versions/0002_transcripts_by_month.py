"""Transcripts in a partition a month, so that old ones can be dropped whole"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""Ids before this, or beyond next month, are of no real time: they go to the default partition."""


def upgrade() -> None:
    _set_aside()
    # No foreign key: settling writes a transcript only beside its result, which has one; and with it, adding or
    # dropping a partition would lock `match`, and so the whole arena.
    op.create_table(
        "transcript",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_transcript")),
        postgresql_partition_by="RANGE (match_id)",
    )
    op.execute("CREATE TABLE transcript_default PARTITION OF transcript DEFAULT")
    for begin, end in _months():
        bounds = f"FROM ('{_id(begin)}') TO ('{_id(end)}')"
        op.execute(f"CREATE TABLE transcript_y{begin:%Ym%m} PARTITION OF transcript FOR VALUES {bounds}")
    op.execute("INSERT INTO transcript (match_id, blob) SELECT match_id, blob FROM set_aside")
    op.execute("DROP TABLE set_aside")


def downgrade() -> None:
    _set_aside()
    op.create_table(
        "transcript",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_transcript_match_id")),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_transcript")),
    )
    op.execute("INSERT INTO transcript (match_id, blob) SELECT match_id, blob FROM set_aside")
    op.execute("DROP TABLE set_aside")


def _set_aside() -> None:
    """Rename the table and its constraints to make room for another of its name; nobody can write to it meanwhile."""
    # Both at once, and `match` first as everybody does: its foreign key comes or goes.
    op.execute("LOCK TABLE match, transcript IN ACCESS EXCLUSIVE MODE")
    op.execute("ALTER TABLE transcript RENAME TO set_aside")
    # Not-null constraints have names of their own from PostgreSQL 18 on.
    query = "SELECT conname FROM pg_constraint WHERE conrelid = CAST('set_aside' AS regclass)"
    for name in op.get_bind().execute(sa.text(query)).scalars().all():
        op.execute(f'ALTER TABLE set_aside RENAME CONSTRAINT "{name}" TO "{name}_aside"')


def _months() -> list[tuple[datetime, datetime]]:
    """The months of what was set aside, by one step down its index each."""
    query = sa.text("SELECT match_id FROM set_aside WHERE match_id >= :low ORDER BY match_id LIMIT 1")
    bind, low, months = op.get_bind(), _id(FIRST), list[tuple[datetime, datetime]]()
    limit = _next(_next(datetime.now(UTC)))
    while (found := bind.execute(query, {"low": low}).scalar()) is not None and found < _id(limit):
        moment = datetime.fromtimestamp((found.int >> 80) / 1000, UTC)
        begin = datetime(moment.year, moment.month, 1, tzinfo=UTC)
        months.append((begin, _next(begin)))
        low = _id(_next(begin))
    return months


def _next(moment: datetime) -> datetime:
    return datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)


def _id(moment: datetime) -> UUID:
    """The lowest UUIDv7 of a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
