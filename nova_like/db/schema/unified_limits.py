"""Unified limits: what a service registered as a default, and what projects and domains have instead; and the policy
blobs that Identity keeps for others."""

import sqlalchemy as sa

from nova_like.db.schema.base import facts, id_column, number, ref, table, text

registered_limits = table(
    "registered_limits", id_column(), ref("service_id"), text("region_id", null=True), text("resource_name"),
    number("default_limit", None), text("description", 4000, null=True),
    sa.UniqueConstraint("service_id", "resource_name", "region_id"),
)  # fmt: skip

limits = table(
    "limits", id_column(), ref("service_id"), text("region_id", null=True), text("resource_name"),
    number("resource_limit", None), text("description", 4000, null=True), ref("project_id", null=True, index=True),
    ref("domain_id", null=True, index=True),
)  # fmt: skip

policies = table("policies", id_column(), text("type"), sa.Column("blob", sa.Text, nullable=False))

endpoint_groups = table("endpoint_groups", id_column(), text("name"), text("description", 4000, null=True),
                        facts("filters"))  # fmt: skip
