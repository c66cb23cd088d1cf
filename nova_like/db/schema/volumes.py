"""Volumes."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text, time

# image_id: what it was filled with; image_metadata: what is shown of that, as it was then
# state: creating | available | attaching | in-use | detaching | deleting | error | deleted (model/states.py)
volumes = table(
    "volumes", id_column(), ref("project_id"), ref("user_id"), text("name", null=True),
    text("description", null=True), number("size_gib"), text("state", 16), number("generation"),
    text("wanted", 8, default="present"), text("host", null=True), text("zone", default="nova"), flag("bootable"),
    facts("metadata"), facts("fault"), time("deleted_at"), *created_updated(),
    ref("image_id", null=True), facts("image_metadata"),
    sa.Index("ix_volumes_list", "project_id", "created_at", "id"),
    sa.Index("ix_volumes_host", "host"),
    sa.Index("ix_volumes_deleted", "deleted_at", postgresql_where=sa.text("deleted_at IS NOT NULL"),
             sqlite_where=sa.text("deleted_at IS NOT NULL")),
)  # fmt: skip
