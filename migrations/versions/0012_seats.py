"""Matches are found by who sits in them, by league and by purpose"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "match_seat",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
    )
    op.execute("INSERT INTO match_seat SELECT DISTINCT unnest(seats), id FROM match")
    # Made afterwards, in one sweep.
    op.create_primary_key(op.f("pk_match_seat"), "match_seat", ["version_id", "match_id"])
    op.drop_index("ix_match_qualification", table_name="match")
    op.create_index(op.f("ix_match_league_id"), "match", ["league", "id"])
    op.create_index(op.f("ix_match_purpose_id"), "match", ["purpose", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_match_purpose_id"), table_name="match")
    op.drop_index(op.f("ix_match_league_id"), table_name="match")
    op.create_index(
        "ix_match_qualification", "match", ["seats"],
        postgresql_using="gin", postgresql_where=sa.text("purpose = 'qualification'"),
    )  # fmt: skip
    op.drop_table("match_seat")
