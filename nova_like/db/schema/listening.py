"""Since when the controller hears its hosts: one row, which any scheduler that hears the bus writes."""

import sqlalchemy as sa

from nova_like.db.schema.base import table, time

listening = table(
    "listening",
    sa.Column("name", sa.String(16), primary_key=True),
    time("since", null=False),  # without a gap
    time("heard_at", null=False),
)
