"""The image that an instance was shelved as."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("instances", sa.Column("shelved_image_id", sa.String(length=36), nullable=True))
