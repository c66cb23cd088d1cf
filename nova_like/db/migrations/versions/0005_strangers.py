"""Guests on hosts that nobody knows are shown in the host's row."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("hosts", sa.Column("strangers", sa.JSON(none_as_null=True), nullable=True))
