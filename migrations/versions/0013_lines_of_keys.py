"""Which key a key was made with"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("made_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_api_key_made_by"), "api_key", "api_key", ["made_by"], ["id"])
    op.create_index(op.f("ix_api_key_made_by"), "api_key", ["made_by"])


def downgrade() -> None:
    op.drop_column("api_key", "made_by")
