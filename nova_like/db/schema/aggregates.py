"""Aggregates: operators' groups of compute hosts. The zone of an aggregate is written to its hosts' rows, where
placement reads it."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, table, text

# id is the small number by which OpenStack's API calls it
aggregates = table(
    "aggregates", sa.Column("id", sa.Integer, primary_key=True, autoincrement=True), text("uuid", 36), text("name"),
    text("zone", null=True), facts("metadata"), *created_updated(),
    sa.UniqueConstraint("name"),
)  # fmt: skip

aggregate_hosts = table(
    "aggregate_hosts",
    sa.Column("aggregate_id", sa.Integer, primary_key=True),
    sa.Column("host", sa.String(255), primary_key=True),
    sa.Index("ix_aggregate_hosts_host", "host"),
)
