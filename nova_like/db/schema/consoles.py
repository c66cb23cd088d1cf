"""Tokens that open consoles, as digests only: who reads this table opens nothing."""

import sqlalchemy as sa

from nova_like.db.schema.base import ref, table, text, time

# a token is of the host that the instance was on, and is used once
console_tokens = table(
    "console_tokens", sa.Column("digest", sa.String(64), primary_key=True),
    ref("instance_id", index=True), ref("project_id"), ref("user_id"),
    text("kind", 16),  # vnc, serial
    text("host"), time("expires_at", null=False, index=True), time("used_at"),
)  # fmt: skip
