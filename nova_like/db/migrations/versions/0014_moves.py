"""Moves of instances to another flavor, and what each holds until it ends."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "moves",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("instance_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("target", sa.String(length=255), server_default="", nullable=False),
        sa.Column("was", sa.String(length=16), nullable=False),
        sa.Column("old_flavor", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("new_flavor", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("host", sa.String(length=255), nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("vcpus", "ram_mib", "disk_gib", "cores", "ram")
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
    )
    for columns in (["instance_id"], ["updated_at"], ["host"], ["created_at", "id"]):
        op.create_index(f"ix_moves_{'_'.join(columns)}", "moves", columns)
