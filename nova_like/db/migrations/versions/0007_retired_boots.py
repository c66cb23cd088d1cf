"""Boot ids of agents' earlier processes, whose late reports are not believed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("hosts", sa.Column("retired", sa.String(400), server_default="", nullable=False))
