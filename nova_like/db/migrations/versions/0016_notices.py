"""Notices of instances, webhooks, and what is to be delivered to them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    _notices()
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("events", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index("ix_webhooks_project_id", "webhooks", ["project_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.String(length=36), nullable=False),
        sa.Column("notice_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "notice_id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index("ix_webhook_deliveries_due_at", "webhook_deliveries", ["due_at"])


def _notices() -> None:
    def text(name: str, length: int, null: bool = False) -> sa.Column:
        return sa.Column(name, sa.String(length=length), nullable=null)

    op.create_table(
        "notices",
        text("id", 64),
        sa.Column("at", sa.Double(), nullable=False),
        text("event_type", 64),
        text("request_id", 64),
        text("user_id", 36, True),
        *(text(name, 36) for name in ("instance_id", "project_id", "owner_id")),
        text("name", 255),
        text("state", 16),
        text("host", 255, True),
        text("zone", 255),
        text("hostname", 255),
        sa.Column("flavor", sa.JSON(none_as_null=True), nullable=True),
        text("image_id", 36, True),
        text("key_name", 255, True),
        *(sa.Column(name, sa.JSON(none_as_null=True), nullable=True) for name in ("metadata", "fault")),
        *(sa.Column(name, sa.Double(), nullable=True) for name in ("created_at", "launched_at", "terminated_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_at", "notices", ["at"])
