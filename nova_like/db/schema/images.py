"""Images: what a store holds and what may boot; with whom they are shared, and the imports that fill them."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text, time

# status: queued | saving | uploading | importing | active | deactivated
images = table(
    "images", id_column(), ref("owner_id"), text("name", null=True), text("visibility", 16, default="shared"),
    text("status", 16), text("disk_format", 16, null=True), text("container_format", 16, null=True),
    number("size_bytes", default=None, null=True), number("virtual_size_bytes", default=None, null=True),
    text("md5", 32, null=True), text("sha256", 64, null=True), text("sha512", 128, null=True),
    number("min_disk_gib"), number("min_ram_mib"), flag("protected"), flag("hidden"),
    facts("properties"), facts("tags"),
    # of the upload, staging or import that holds it: a later one takes over from a dead one; none on what is staged
    ref("upload_id", null=True),
    *created_updated(),
    sa.Index("ix_images_list", "created_at", "id"),
    sa.Index("ix_images_owner_id", "owner_id"),
)  # fmt: skip

# status: pending | accepted | rejected
image_members = table(
    "image_members", sa.Column("image_id", sa.String(36), primary_key=True), id_column("project_id"),
    text("status", 16, default="pending"), *created_updated(), sa.Index("ix_image_members_project_id", "project_id"),
)  # fmt: skip

# status: pending | processing | success | failure; a live one's image is `importing` and held by `images.upload_id`
image_tasks = table(
    "image_tasks", id_column(), ref("image_id"), ref("owner_id"), ref("user_id", null=True),
    text("request_id", 64, null=True), text("status", 16, default="pending"), facts("request"),
    text("message", 1024, default=""), number("attempts"), time("ended_at", index=True), *created_updated(),
    sa.Index("ix_image_tasks_image_id", "image_id"), sa.Index("ix_image_tasks_created_at", "created_at"),
)  # fmt: skip
