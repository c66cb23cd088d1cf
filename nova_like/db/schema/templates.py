"""Launch templates: requests for instances, kept by name and version."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, id_column, number, ref, table, text, time

launch_templates = table(
    "launch_templates", id_column(), ref("project_id"), ref("user_id"), text("name", 128),
    number("default_version", 1), number("latest_version", 1),
    sa.UniqueConstraint("project_id", "name"), *created_updated(),
)  # fmt: skip

# `data` is what a dialect's request says, in the dialect's own words
launch_template_versions = table(
    "launch_template_versions",
    sa.Column("template_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    ref("user_id"), text("description", null=True), facts("data"), time("created_at", null=False),
)  # fmt: skip
