"""Keys that receipts are signed with lie sealed; those there are only verify from now on"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # The type is what it was: naming it has every row written anew, without what was dropped.
    op.execute("ALTER TABLE signing_key DROP COLUMN private, ALTER COLUMN public TYPE bytea USING public || ''::bytea")
    op.add_column("signing_key", sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("signing_key", "sealed")
    # No private half can be told here: the keys go, and a new one is made.
    op.execute("DELETE FROM signing_key")
    op.add_column("signing_key", sa.Column("private", sa.LargeBinary(), nullable=False))
