"""Moves of instances to another size or another host: what each was, what it holds meanwhile, how it ended."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, id_column, number, ref, table, text

# While a move is under way it holds what the instance's own row does not: of `host` (null: nothing) these sizes, of
# the quota `cores` and `ram`. `was`: the state that the instance comes back to.
moves = table(
    "moves", id_column(), ref("instance_id"), ref("project_id"), ref("user_id"),
    text("kind", 16),  # resize | migration | evacuation
    text("state", 16),  # see db/moves
    text("source"), text("target", default=""), text("was", 16), facts("old_flavor"), facts("new_flavor"),
    text("host", null=True), number("vcpus"), number("ram_mib"), number("disk_gib"), number("cores"), number("ram"),
    *created_updated(),
    sa.Index("ix_moves_instance_id", "instance_id"),
    sa.Index("ix_moves_updated_at", "updated_at"),
    sa.Index("ix_moves_host", "host"),
    sa.Index("ix_moves_created_at_id", "created_at", "id"),
)  # fmt: skip
