"""Locks, server groups, hints and passwords of instances; aggregates; who may use a private flavor."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def _times() -> tuple[sa.Column, sa.Column]:
    return (sa.Column("created_at", sa.Double(), nullable=False), sa.Column("updated_at", sa.Double(), nullable=False))


def upgrade() -> None:
    for column in (
        sa.Column("locked_by", sa.String(length=8), server_default="", nullable=False),
        sa.Column("locked_reason", sa.String(length=255), nullable=True),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("wishes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
    ):
        op.add_column("instances", column)
    op.create_index("ix_instances_group_id", "instances", ["group_id"], unique=False)
    _groups()
    _aggregates()
    op.create_table(
        "flavor_access",
        sa.Column("flavor_id", sa.String(length=255), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("flavor_id", "project_id", name=op.f("pk_flavor_access")),
    )
    op.create_index("ix_flavor_access_project_id", "flavor_access", ["project_id"], unique=False)


def _groups() -> None:
    op.create_table(
        "server_groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("policy", sa.String(length=32), nullable=False),
        sa.Column("most_per_host", sa.BigInteger(), nullable=True),
        *_times(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_groups")),
    )
    op.create_index("ix_server_groups_project_id", "server_groups", ["project_id", "created_at"], unique=False)


def _aggregates() -> None:
    op.create_table(
        "aggregates",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("zone", sa.String(length=255), nullable=True),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=True),
        *_times(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aggregates")),
        sa.UniqueConstraint("name", name=op.f("uq_aggregates_name")),
    )
    op.create_table(
        "aggregate_hosts",
        sa.Column("aggregate_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("aggregate_id", "host", name=op.f("pk_aggregate_hosts")),
    )
    op.create_index("ix_aggregate_hosts_host", "aggregate_hosts", ["host"], unique=False)
