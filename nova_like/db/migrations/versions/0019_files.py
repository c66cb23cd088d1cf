"""Files that are put into an instance."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("instances", sa.Column("files", sa.JSON(none_as_null=True), nullable=True))
