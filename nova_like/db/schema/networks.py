"""Networks, subnets, addresses, ports, security groups and their rules."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text

networks = table(
    "networks", id_column(), ref("project_id"), text("name"), text("description", default=""), flag("shared"),
    flag("external"), flag("admin_up", True), number("mtu", 1500), text("kind", 16, default="flat"),
    number("segment", default=None, null=True), *created_updated(),
    sa.Index("ix_networks_project_id", "project_id"),
)  # fmt: skip

# first and last: the allocation range as integers (IPv4)
subnets = table(
    "subnets", id_column(), ref("network_id", index=True), ref("project_id"), text("name"),
    text("description", default=""), text("cidr", 64), number("ip_version", 4), text("gateway", 64, null=True),
    number("first"), number("last"), flag("dhcp", True), facts("dns"), *created_updated(),
)  # fmt: skip

ports = table(
    "ports", id_column(), ref("network_id", index=True), ref("project_id"), ref("instance_id", null=True),
    number("position"), text("name", default=""), text("description", default=""), text("mac", 17),
    flag("admin_up", True), flag("port_security", True), text("device_owner", default=""),
    text("status", 16, default="DOWN"), text("host", null=True), *created_updated(),
    sa.UniqueConstraint("network_id", "mac"),
    sa.Index("ix_ports_instance_id", "instance_id"),
    sa.Index("ix_ports_project_id", "project_id"),
)  # fmt: skip

# one row an address that is held: the primary key is what makes double allocation impossible. A port's first is the one
# of the lowest position; one that is leaving is nobody's any more, and not free before its host has let go of it
addresses = table(
    "addresses",
    sa.Column("subnet_id", sa.String(36), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    text("address", 64), ref("port_id", index=True), number("position"), flag("leaving"),
    sa.Index("ix_addresses_leaving", "port_id", postgresql_where=sa.text("leaving"), sqlite_where=sa.text("leaving")),
)  # fmt: skip

security_groups = table(
    "security_groups", id_column(), ref("project_id"), text("name"), text("description", default=""),
    *created_updated(),
    sa.Index("ix_security_groups_project_id", "project_id", "name"),
    sa.Index("uq_security_groups_default", "project_id", unique=True,
             postgresql_where=sa.text("name = 'default'"), sqlite_where=sa.text("name = 'default'")),
)  # fmt: skip

security_group_rules = table(
    "security_group_rules", id_column(), ref("group_id", index=True), ref("project_id"), text("direction", 8),
    text("ethertype", 4, default="IPv4"), text("protocol", 16, null=True),
    number("port_min", default=None, null=True), number("port_max", default=None, null=True),
    text("remote_cidr", 64, null=True), ref("remote_group_id", null=True), text("description", default=""),
    *created_updated(),
)  # fmt: skip

port_groups = table(
    "port_groups",
    sa.Column("port_id", sa.String(36), primary_key=True),
    sa.Column("group_id", sa.String(36), primary_key=True),
    sa.Index("ix_port_groups_group_id", "group_id"),
)
