"""Indexes by which retention finds what is over: ended flows, deleted instances and volumes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _index("ix_flows_ended", "flows", "updated_at", "due_at IS NULL")
    _index("ix_instances_deleted", "instances", "deleted_at", "deleted_at IS NOT NULL")
    _index("ix_volumes_deleted", "volumes", "deleted_at", "deleted_at IS NOT NULL")


def _index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], unique=False, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
