"""The catalogue of metadata: namespaces of names that properties of images, flavors and servers may have."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, ref, table, text

metadef_namespaces = table(
    "metadef_namespaces", id_column(), text("namespace", 80), ref("owner_id"), text("display_name", 80, null=True),
    text("description", 500, null=True), text("visibility", 16, default="private"), flag("protected"),
    *created_updated(), sa.UniqueConstraint("namespace"),
)  # fmt: skip

# kind: objects | properties | tags | resource_types
metadef_items = table(
    "metadef_items", id_column("namespace_id"), sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(80), primary_key=True), facts("body"), *created_updated(),
)  # fmt: skip
