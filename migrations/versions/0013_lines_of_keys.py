"""Which key a key was made with, and in place of which"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


ROTATED = """
    UPDATE api_key SET replaces = old.id
    FROM audit JOIN api_key old ON old.id::text = audit.subject
    WHERE audit.action = 'key.rotated' AND audit.detail ->> 'by' = api_key.id::text
"""


def upgrade() -> None:
    op.add_column("api_key", sa.Column("made_by", sa.Uuid(), nullable=True))
    op.add_column("api_key", sa.Column("replaces", sa.Uuid(), nullable=True))
    op.add_column("api_key", sa.Column("handed_on", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(ROTATED)  # before the keys: a table with checks that wait cannot be altered
    op.create_foreign_key(op.f("fk_api_key_made_by"), "api_key", "api_key", ["made_by"], ["id"])
    op.create_foreign_key(op.f("fk_api_key_replaces"), "api_key", "api_key", ["replaces"], ["id"])
    op.create_index(op.f("ix_api_key_made_by"), "api_key", ["made_by"])
    op.create_index(op.f("ix_api_key_replaces"), "api_key", ["replaces"])


def downgrade() -> None:
    op.drop_column("api_key", "handed_on")
    op.drop_column("api_key", "replaces")
    op.drop_column("api_key", "made_by")
