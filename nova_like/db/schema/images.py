"""Images: what a store holds and what may boot."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text

# status: queued | saving | active | killed | deleted | deactivated
images = table(
    "images", id_column(), ref("owner_id"), text("name", null=True), text("visibility", 16, default="shared"),
    text("status", 16), text("disk_format", 16, null=True), text("container_format", 16, null=True),
    number("size_bytes", default=None, null=True), number("virtual_size_bytes", default=None, null=True),
    text("md5", 32, null=True), text("sha256", 64, null=True), text("sha512", 128, null=True),
    number("min_disk_gib"), number("min_ram_mib"), flag("protected"), flag("hidden"),
    facts("properties"), facts("tags"),
    ref("upload_id", null=True),  # of the upload that holds it while saving: a later one takes over from a dead one
    *created_updated(),
    sa.Index("ix_images_list", "created_at", "id"),
    sa.Index("ix_images_owner_id", "owner_id"),
)  # fmt: skip
