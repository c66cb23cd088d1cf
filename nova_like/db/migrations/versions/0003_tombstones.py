"""Tombstones, and what an operator says of a host that is away."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("host_kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claimed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("vcpus", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ram_mib", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("disk_gib", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
    )
    op.create_index("ix_tombstones_host", "tombstones", ["host"], unique=False)
    op.create_index("ix_tombstones_resource_id", "tombstones", ["resource_id"], unique=False)
    op.add_column("hosts", sa.Column("forced", sa.String(length=8), server_default="", nullable=False))
