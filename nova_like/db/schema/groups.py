"""Server groups: instances that are to run together, or apart. Members name their group in their own rows."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, id_column, number, ref, table, text

# policy: affinity | anti-affinity | soft-affinity | soft-anti-affinity; most_per_host is of anti-affinity
server_groups = table(
    "server_groups", id_column(), ref("project_id"), ref("user_id"), text("name"), text("policy", 32),
    number("most_per_host", default=None, null=True), *created_updated(),
    sa.Index("ix_server_groups_project_id", "project_id", "created_at"),
)  # fmt: skip
