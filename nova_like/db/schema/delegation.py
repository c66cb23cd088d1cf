"""What users hand out of their own rights: credentials, application credentials with access rules, trusts; and the
passwords that they had. Secrets lie here sealed or hashed only."""

import sqlalchemy as sa

from nova_like.db.schema.base import created_updated, facts, flag, id_column, number, ref, table, text, time

# of every type but ec2, which ec2_credentials holds; the blob is sealed with the identity's Fernet keys
credentials = table(
    "credentials", sa.Column("id", sa.String(64), primary_key=True), text("type"),
    sa.Column("sealed_blob", sa.Text, nullable=False), ref("user_id", index=True), ref("project_id", null=True),
    *created_updated(),
)  # fmt: skip

application_credentials = table(
    "application_credentials", id_column(), text("name"), text("description", 4000, null=True),
    text("secret_hash"), ref("user_id"), ref("project_id"), facts("role_ids"), time("expires_at"),
    flag("unrestricted"), sa.UniqueConstraint("user_id", "name"), *created_updated(),
)  # fmt: skip

access_rules = table("access_rules", id_column(), ref("user_id", index=True), text("service"), text("path", 1024),
                     text("method", 16))  # fmt: skip

application_credential_rules = table(
    "application_credential_rules",
    sa.Column("application_credential_id", sa.String(36), primary_key=True),
    sa.Column("access_rule_id", sa.String(36), primary_key=True, index=True),
)

# remaining_uses: null is no limit. A trust that is used up stays, for the tokens that it gave
trusts = table(
    "trusts", id_column(), ref("trustor_user_id", index=True), ref("trustee_user_id", index=True), ref("project_id"),
    flag("impersonation"), time("expires_at"), number("remaining_uses", None, null=True), facts("role_ids"),
    flag("allow_redelegation"), number("redelegation_count"), ref("redelegated_trust_id", null=True, index=True),
    *created_updated(),
)  # fmt: skip

password_history = table("password_history", id_column(), ref("user_id", index=True), text("password_hash"),
                         time("changed_at", null=False))  # fmt: skip
