"""Addresses have an order, and are held while they leave."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("addresses", sa.Column("position", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("addresses", sa.Column("leaving", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_addresses_leaving", "addresses", ["port_id"], unique=False,
                    postgresql_where=sa.text("leaving"), sqlite_where=sa.text("leaving"))  # fmt: skip
