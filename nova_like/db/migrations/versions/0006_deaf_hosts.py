"""Hosts that report and do not answer: since when a flow was not answered, and when a host last did."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("flows", sa.Column("unanswered_since", sa.Double(), nullable=True))
    op.add_column("hosts", sa.Column("deaf", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("hosts", sa.Column("answered_at", sa.Double(), nullable=True))
