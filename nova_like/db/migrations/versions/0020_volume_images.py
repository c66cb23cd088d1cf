"""What volumes were filled with."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("volumes", sa.Column("image_id", sa.String(36), nullable=True))
    op.add_column("volumes", sa.Column("image_metadata", sa.JSON(none_as_null=True), nullable=True))
