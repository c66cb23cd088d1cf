"""Instances and what they are made from: flavors, key pairs, EC2 tags."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text, time

# id is the client's (or made up) string; uid is ours, for EC2-like lookups and ordering
flavors = table(
    "flavors", sa.Column("id", sa.String(255), primary_key=True), text("name"), number("vcpus"), number("ram_mib"),
    number("disk_gib"), number("ephemeral_gib"), number("swap_mib"), sa.Column("rxtx_factor", sa.Double, default=1.0),
    flag("public", True), flag("disabled"), text("description", 65535, null=True), facts("extra_specs"),
    sa.UniqueConstraint("name"), *created_updated(),
)  # fmt: skip

# who may use a flavor that is not public
flavor_access = table(
    "flavor_access",
    sa.Column("flavor_id", sa.String(255), primary_key=True),
    sa.Column("project_id", sa.String(36), primary_key=True),
    sa.Index("ix_flavor_access_project_id", "project_id"),
)

keypairs = table(
    "keypairs", id_column(), ref("user_id"), ref("project_id", null=True), text("name"), text("kind", 8, default="ssh"),
    text("fingerprint", 128), sa.Column("public_key", sa.Text, nullable=False),
    sa.UniqueConstraint("user_id", "name"), *created_updated(),
)  # fmt: skip

# state: see model/states.py. `flavor` is the flavor's facts at boot; counters are columns of their own.
instances = table(
    "instances", id_column(), ref("project_id"), ref("user_id"), text("name"), text("description", null=True),
    text("hostname"), text("state", 16), text("power", 16, default=""), number("generation"),
    text("wanted", 8, default="present"),  # present | deleted
    text("host", null=True), text("zone", default=""), text("wanted_zone", default=""),
    facts("flavor"), number("vcpus"), number("ram_mib"), number("disk_gib"),
    ref("image_id", null=True), text("key_name", null=True), sa.Column("public_key", sa.Text, nullable=True),
    sa.Column("user_data", sa.Text, nullable=True), flag("config_drive"), facts("metadata"),
    ref("reservation_id"), number("launch_index"), facts("fault"), facts("hints"),
    time("launched_at"), time("terminated_at"), time("deleted_at"), *created_updated(),
    # the order that `power` was last written for, and the agent process that carried it out: reports of before are late
    number("power_generation"), text("power_boot", 36, default=""),
    text("locked_by", 8, default=""), text("locked_reason", null=True),  # "" | owner | admin
    # where it wants to be: its server group, and the scheduler hints {same_host, different_host: ids, host: name}
    ref("group_id", null=True), facts("wishes"),
    sa.Column("password", sa.Text, nullable=True),  # as the guest encrypted it
    facts("options"),  # what its owner chose beyond the machine: model/options.py
    ref("shelved_image_id", null=True),  # of what its disk was when it was shelved
    facts("files"),  # put into the guest: {path: content in base64}
    sa.Index("ix_instances_group_id", "group_id"),
    sa.Index("ix_instances_list", "project_id", "created_at", "id"),
    sa.Index("ix_instances_changes", "updated_at"),
    sa.Index("ix_instances_host", "host"),
    sa.Index("ix_instances_deleted", "deleted_at", postgresql_where=sa.text("deleted_at IS NOT NULL"),
             sqlite_where=sa.text("deleted_at IS NOT NULL")),
    sa.Index("ix_instances_reservation", "reservation_id"),
)  # fmt: skip

# EC2 tags: of any resource that has an EC2 id
tags = table(
    "tags",
    sa.Column("project_id", sa.String(36), primary_key=True),
    sa.Column("resource_id", sa.String(36), primary_key=True),
    sa.Column("key", sa.String(128), primary_key=True),
    text("kind", 32), text("value", 256, default=""),
    sa.Index("ix_tags_resource_id", "resource_id"),
)  # fmt: skip
