"""Long operations: their rows, their journal, the locks they hold, and the client tokens that named them."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text, time

# state: running | unwinding | parked | done | failed | cancelled. Live ones are the first three.
flows = table(
    "flows", id_column(), text("kind", 32), ref("resource_id"), ref("project_id", null=True),
    ref("user_id", null=True), text("request_id", 64, default=""),
    text("state", 16), number("step"), text("step_name", 32, default=""),  # index into the recipe, and its name
    number("generation"), number("version"), number("attempts"),
    flag("cancel"), text("then", 32, null=True),  # the flow kind to start when this one has unwound
    text("host", null=True), text("host_kind", 16, null=True),  # whom the present step waits for
    time("due_at"), time("deadline_at"),
    facts("args"), facts("facts"), facts("fault"), *created_updated(),
    time("unanswered_since"),  # the host is asked since then, and has not answered
    sa.Index("ix_flows_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("ix_flows_ended", "updated_at", postgresql_where=sa.text("due_at IS NULL"),
             sqlite_where=sa.text("due_at IS NULL")),
    sa.Index("ix_flows_resource", "resource_id", "created_at"),
    sa.Index("ix_flows_host", "host", "host_kind", postgresql_where=sa.text("host IS NOT NULL")),
)  # fmt: skip

journal = table(
    "flow_journal",
    sa.Column("flow_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),  # the flow's version that this entry made
    time("at", null=False), text("step", 32), text("event", 128), text("host", null=True), facts("detail"),
)  # fmt: skip

locks = table(
    "locks",
    sa.Column("resource_id", sa.String(36), primary_key=True),
    sa.Column("flow_id", sa.String(36), primary_key=True),
    text("mode", 9),  # exclusive | shared
    sa.Index("uq_locks_exclusive", "resource_id", unique=True, postgresql_where=sa.text("mode = 'exclusive'"),
             sqlite_where=sa.text("mode = 'exclusive'")),
    sa.Index("ix_locks_flow_id", "flow_id"),
)  # fmt: skip

client_tokens = table(
    "client_tokens",
    sa.Column("project_id", sa.String(36), primary_key=True),
    sa.Column("verb", sa.String(32), primary_key=True),
    sa.Column("token", sa.String(128), primary_key=True),
    text("digest", 64), facts("result"), time("created_at", null=False, index=True),
)  # fmt: skip
