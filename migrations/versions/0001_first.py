"""The first schema"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "elo_event",
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ladder", "seq", "version_id", name=op.f("pk_elo_event")),
    )
    op.create_index(
        op.f("ix_elo_event_ladder_version_id_seq"), "elo_event", ["ladder", "version_id", "seq"], unique=False
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_match_id"), "finding", ["match_id"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("game", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("opening_plies", sa.SmallInteger(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("ply_clock_ms", sa.Integer(), nullable=False),
        sa.Column("match_clock_ms", sa.Integer(), nullable=False),
        sa.Column("illegal_budget", sa.SmallInteger(), nullable=False),
        sa.Column("rules_hash", sa.LargeBinary(), nullable=False),
        sa.Column("league", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=True),
        sa.Column("propensity", sa.Double(), nullable=False),
        sa.Column("seats", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
    )
    op.create_index(op.f("ix_match_game_id"), "match", ["game", "id"], unique=False)
    op.create_index(op.f("ix_match_pair_id"), "match", ["pair_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("feed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["id"], unique=False, postgresql_where=sa.text("feed_seq IS NULL"))
    op.create_index(
        "uq_outbox_feed_seq", "outbox", ["feed_seq"], unique=True, postgresql_where=sa.text("feed_seq IS NOT NULL")
    )
    op.create_table(
        "owner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_arena", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner")),
        sa.UniqueConstraint("name", name=op.f("uq_owner_name")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_api_key_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_key_hash")),
    )
    op.create_table(
        "match_queue",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="100", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_match_queue_match_id")),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_match_queue")),
    )
    op.create_index(
        op.f("ix_match_queue_status_priority_match_id"), "match_queue", ["status", "priority", "match_id"], unique=False
    )
    op.create_table(
        "player",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_player_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_player")),
        sa.UniqueConstraint("name", name=op.f("uq_player_name")),
    )
    op.create_table(
        "result",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=True),
        sa.Column("ladder_seq", sa.BigInteger(), nullable=True),
        sa.Column("scores", sa.ARRAY(sa.Double()), nullable=False),
        sa.Column("ranks", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("stops", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("illegal", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("ms", sa.ARRAY(sa.Double()), nullable=False),
        sa.Column("plies", sa.Integer(), nullable=False),
        sa.Column("game_hash", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_hash", sa.LargeBinary(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_result_match_id")),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_result")),
    )
    op.create_index(op.f("ix_result_settled_at"), "result", ["settled_at"], unique=False)
    op.create_index("uq_result_ladder_seq", "result", ["ladder", "ladder_seq"], unique=True)
    op.create_table(
        "transcript",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_transcript_match_id")),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_transcript")),
    )
    op.create_table(
        "void_event",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_void_event_match_id")),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_void_event")),
    )
    op.create_table(
        "player_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("player_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("spec_hash", sa.LargeBinary(), nullable=False),
        sa.Column("league", sa.Text(), nullable=False),
        sa.Column("games", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["player_id"], ["player.id"], name=op.f("fk_player_version_player_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_player_version")),
        sa.UniqueConstraint("player_id", "number", name=op.f("uq_player_version_player_id_number")),
    )
    op.create_table(
        "standing",
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("elo", sa.BigInteger(), nullable=False),
        sa.Column("wins", sa.Integer(), nullable=False),
        sa.Column("draws", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["player_version.id"], name=op.f("fk_standing_version_id")),
        sa.PrimaryKeyConstraint("ladder", "version_id", name=op.f("pk_standing")),
    )


def downgrade() -> None:
    op.drop_table("standing")
    op.drop_table("player_version")
    op.drop_table("void_event")
    op.drop_table("transcript")
    op.drop_index("uq_result_ladder_seq", table_name="result")
    op.drop_index(op.f("ix_result_settled_at"), table_name="result")
    op.drop_table("result")
    op.drop_table("player")
    op.drop_index(op.f("ix_match_queue_status_priority_match_id"), table_name="match_queue")
    op.drop_table("match_queue")
    op.drop_table("api_key")
    op.drop_table("owner")
    op.drop_index("uq_outbox_feed_seq", table_name="outbox", postgresql_where=sa.text("feed_seq IS NOT NULL"))
    op.drop_index("ix_outbox_waiting", table_name="outbox", postgresql_where=sa.text("feed_seq IS NULL"))
    op.drop_table("outbox")
    op.drop_index(op.f("ix_match_pair_id"), table_name="match")
    op.drop_index(op.f("ix_match_game_id"), table_name="match")
    op.drop_table("match")
    op.drop_index(op.f("ix_finding_match_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_index(op.f("ix_elo_event_ladder_version_id_seq"), table_name="elo_event")
    op.drop_table("elo_event")
