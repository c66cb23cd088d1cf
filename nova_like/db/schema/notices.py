"""What is to be told of instances, and whom projects want to be told: both short-lived but for the webhooks."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, id_column, number, ref, table, text, time

# the beginning or the end of a flow, with its instance as it was then; gone as soon as it is on its way
notices = table(
    "notices", sa.Column("id", sa.String(64), primary_key=True), time("at", null=False), text("event_type", 64),
    text("request_id", 64), ref("user_id", null=True), ref("instance_id"), ref("project_id"), ref("owner_id"),
    text("name"), text("state", 16), text("host", null=True), text("zone"), text("hostname"),
    facts("flavor"), ref("image_id", null=True), text("key_name", null=True), facts("metadata"), facts("fault"),
    time("created_at"), time("launched_at"), time("terminated_at"),
    sa.Index("ix_notices_at", "at"),
)  # fmt: skip

# `events`: patterns of event types; none: all
webhooks = table(
    "webhooks", id_column(), ref("project_id"), ref("user_id"), text("url", 2048), facts("events"),
    sa.Index("ix_webhooks_project_id", "project_id"), *created_updated(),
)  # fmt: skip

webhook_deliveries = table(
    "webhook_deliveries",
    sa.Column("webhook_id", sa.String(36), primary_key=True),
    sa.Column("notice_id", sa.String(64), primary_key=True),
    facts("body"), number("attempts"), time("due_at", null=False), time("created_at", null=False),
    sa.Index("ix_webhook_deliveries_due_at", "due_at"),
)  # fmt: skip
