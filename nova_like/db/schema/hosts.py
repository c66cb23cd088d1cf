"""Hosts as the controller knows them: who serves them, whether they answer, what they have and what is claimed."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, table, text, time

hosts = table(
    "hosts", id_column(), text("kind", 16),  # compute | network | volume | scheduler | api
    text("name"), text("address"), text("boot_id", 36, default=""), text("zone", default="nova"),
    flag("enabled", True), text("disabled_reason", null=True),
    time("seen_at"), number("revision"), facts("facts"),
    number("vcpus"), number("ram_mib"), number("disk_gib"),
    number("vcpus_used"), number("ram_mib_used"), number("disk_gib_used"), number("instances"),
    *created_updated(),
    text("forced", 8, default=""),  # an operator's word: down | fenced (its power is off)
    facts("strangers"),  # guests that nobody knows: {"number", "ids"}
    flag("deaf"), time("answered_at"),  # it reports and does not answer; roughly when it last did
    sa.UniqueConstraint("kind", "name"),
    sa.Index("ix_hosts_updated_at", "updated_at"),
)  # fmt: skip
