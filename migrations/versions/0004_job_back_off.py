"""A job that crashed waits a while: when it may be claimed again. Findings are counted by kind: an index"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("job", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    # For LIKE 'prefix%' in any collation.
    op.create_index(op.f("ix_finding_kind"), "finding", ["kind"], postgresql_ops={"kind": "text_pattern_ops"})


def downgrade() -> None:
    op.drop_index(op.f("ix_finding_kind"), table_name="finding")
    op.drop_column("job", "retry_at")
