"""Which volume belongs to which instance, from the wish to the day that its back end has closed it."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, ref, table, text

# state: see db/attachments. That a volume has one row at the most is what keeps two from getting it. `connection`: how
# its back end lets the instance's host reach it, as the back end said (model/orders.Connection).
attachments = table(
    "attachments", id_column(), ref("volume_id"), ref("instance_id"), ref("project_id"), text("state", 16),
    text("device", 16), text("tag", 64, null=True), flag("delete_on_termination"), facts("connection"),
    *created_updated(),
    sa.UniqueConstraint("volume_id"), sa.UniqueConstraint("instance_id", "device"),
)  # fmt: skip
