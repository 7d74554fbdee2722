"""Player versions have a life: they qualify, pause, retire, and it is on record why"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(op.f("ix_player_version_status"), "player_version", ["status"])
    op.create_index(
        "ix_match_qualification", "match", ["seats"],
        postgresql_using="gin", postgresql_where=sa.text("purpose = 'qualification'"),
    )  # fmt: skip
    op.create_table(
        "version_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["player_version.id"], name=op.f("fk_version_event_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_event")),
    )
    op.create_index(op.f("ix_version_event_version_id_id"), "version_event", ["version_id", "id"])


def downgrade() -> None:
    op.drop_table("version_event")
    op.drop_index("ix_match_qualification", table_name="match")
    op.drop_index(op.f("ix_player_version_status"), table_name="player_version")
