"""Who there is and what they may do: domains, projects, users, roles, credentials, revocations, the catalogue."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text, time

domains = table("domains", id_column(), text("name"), text("description", 4000, default=""), flag("enabled", True),
                sa.UniqueConstraint("name"), *created_updated(), facts("options"), facts("extra"),
                number("token_floor"))  # fmt: skip

projects = table("projects", id_column(), text("name"), text("description", 4000, default=""), flag("enabled", True),
                 ref("domain_id"), ref("parent_id", null=True), facts("options"),
                 sa.UniqueConstraint("domain_id", "name"), *created_updated(), facts("extra"),
                 number("token_floor"))  # fmt: skip

users = table("users", id_column(), text("name"), text("description", 4000, default=""), flag("enabled", True),
              ref("domain_id"), ref("default_project_id", null=True), text("email", null=True),
              text("password_hash", 255, null=True), time("password_expires_at"),
              number("token_floor"),  # tokens issued before this millisecond are void (password change, disable)
              facts("options"), sa.UniqueConstraint("domain_id", "name"), *created_updated(),
              facts("extra"), time("password_changed_at"), number("failed_logins"), time("failed_at"))  # fmt: skip

roles = table("roles", id_column(), text("name"), text("description", 4000, default=""), ref("domain_id", null=True),
              sa.UniqueConstraint("domain_id", "name"), *created_updated(), facts("options"), facts("extra"),
              sa.Index("ix_roles_everywhere", "name", unique=True, sqlite_where=sa.text("domain_id IS NULL"),
                       postgresql_where=sa.text("domain_id IS NULL")))  # fmt: skip

implied_roles = table(
    "implied_roles",
    sa.Column("prior_id", sa.String(36), primary_key=True),
    sa.Column("implied_id", sa.String(36), primary_key=True),
)

# target: a project id, a domain id, or "all" for the system. Kinds: project, domain, system; and of roles that are
# inherited (OS-INHERIT): below, the projects below a project; within, all projects of a domain
assignments = table(
    "assignments",
    sa.Column("actor_id", sa.String(36), primary_key=True),
    sa.Column("target_kind", sa.String(8), primary_key=True),
    sa.Column("target_id", sa.String(36), primary_key=True),
    sa.Column("role_id", sa.String(36), primary_key=True),
    sa.Index("ix_assignments_target", "target_kind", "target_id"),
    text("actor_kind", 8, default="user"),  # user | group
)

groups = table("groups", id_column(), text("name"), text("description", 4000, default=""), ref("domain_id"),
               facts("extra"), sa.UniqueConstraint("domain_id", "name"), *created_updated())  # fmt: skip

memberships = table(
    "memberships",
    sa.Column("group_id", sa.String(36), primary_key=True),
    sa.Column("user_id", sa.String(36), primary_key=True, index=True),
)

project_tags = table(
    "project_tags",
    sa.Column("project_id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(255), primary_key=True, index=True),
)

# the secret is encrypted with the identity's Fernet keys: EC2 signatures need it in clear at verification
ec2_credentials = table(
    "ec2_credentials",
    sa.Column("access", sa.String(64), primary_key=True),
    text("sealed_secret", 512), ref("user_id", index=True), ref("project_id"), *created_updated(),
    sa.Column("id", sa.String(64), nullable=True, index=True),  # in /credentials: SHA-256 of the first access key
    ref("trust_id", null=True), ref("application_credential_id", null=True),
)  # fmt: skip

revocations = table(
    "revocations",
    sa.Column("audit_id", sa.String(36), primary_key=True),
    time("expires_at", null=False, index=True),
)

services = table("services", id_column(), text("type"), text("name"), text("description", 4000, default=""),
                 flag("enabled", True))  # fmt: skip

regions = table("regions", sa.Column("id", sa.String(255), primary_key=True), text("description", default=""),
                text("parent_region_id", null=True))  # fmt: skip

endpoints = table("endpoints", id_column(), ref("service_id"), text("interface", 16), text("region_id"),
                  text("url", 1024), flag("enabled", True))  # fmt: skip
