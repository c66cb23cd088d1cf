"""Which order an instance's power was written for: a report of before is told from one of after."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("instances", sa.Column("power_generation", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("instances", sa.Column("power_boot", sa.String(length=36), server_default="", nullable=False))
