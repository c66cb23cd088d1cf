"""What a project may use and uses. Usage changes only in the transaction that changes what is counted."""

import sqlalchemy as sa

from nova_like.db.schema.base import number, table

quota_limits = table(
    "quota_limits",
    sa.Column("project_id", sa.String(36), primary_key=True),
    sa.Column("resource", sa.String(32), primary_key=True),
    number("maximum"),
)

quota_usages = table(
    "quota_usages",
    sa.Column("project_id", sa.String(36), primary_key=True),
    sa.Column("resource", sa.String(32), primary_key=True),
    number("used"),
)
