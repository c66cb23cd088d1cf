"""What users hand out: credentials, application credentials, trusts; unified limits; what password rules need."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "access_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("service", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=1024), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_rules")),
    )
    op.create_index(op.f("ix_access_rules_user_id"), "access_rules", ["user_id"], unique=False)
    op.create_table(
        "application_credential_rules",
        sa.Column("application_credential_id", sa.String(length=36), nullable=False),
        sa.Column("access_rule_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint(
            "application_credential_id", "access_rule_id", name=op.f("pk_application_credential_rules")
        ),
    )
    op.create_index(
        op.f("ix_application_credential_rules_access_rule_id"),
        "application_credential_rules",
        ["access_rule_id"],
        unique=False,
    )
    op.create_table(
        "application_credentials",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("secret_hash", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("role_ids", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("unrestricted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_credentials")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_application_credentials_user_id_name")),
    )
    op.create_table(
        "credentials",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("sealed_blob", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
    )
    op.create_index(op.f("ix_credentials_user_id"), "credentials", ["user_id"], unique=False)
    op.create_table(
        "endpoint_groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("filters", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_groups")),
    )
    op.create_table(
        "limits",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("region_id", sa.String(length=255), nullable=True),
        sa.Column("resource_name", sa.String(length=255), nullable=False),
        sa.Column("resource_limit", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("domain_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limits")),
    )
    op.create_index(op.f("ix_limits_domain_id"), "limits", ["domain_id"], unique=False)
    op.create_index(op.f("ix_limits_project_id"), "limits", ["project_id"], unique=False)
    op.create_table(
        "password_history",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_history")),
    )
    op.create_index(op.f("ix_password_history_user_id"), "password_history", ["user_id"], unique=False)
    op.create_table(
        "policies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_table(
        "registered_limits",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("region_id", sa.String(length=255), nullable=True),
        sa.Column("resource_name", sa.String(length=255), nullable=False),
        sa.Column("default_limit", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_limits")),
        sa.UniqueConstraint(
            "service_id",
            "resource_name",
            "region_id",
            name=op.f("uq_registered_limits_service_id_resource_name_region_id"),
        ),
    )
    op.create_table(
        "trusts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("trustor_user_id", sa.String(length=36), nullable=False),
        sa.Column("trustee_user_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("impersonation", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("remaining_uses", sa.BigInteger(), nullable=True),
        sa.Column("role_ids", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("allow_redelegation", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("redelegation_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("redelegated_trust_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusts")),
    )
    op.create_index(op.f("ix_trusts_redelegated_trust_id"), "trusts", ["redelegated_trust_id"], unique=False)
    op.create_index(op.f("ix_trusts_trustee_user_id"), "trusts", ["trustee_user_id"], unique=False)
    op.create_index(op.f("ix_trusts_trustor_user_id"), "trusts", ["trustor_user_id"], unique=False)
    op.add_column("ec2_credentials", sa.Column("id", sa.String(length=64), nullable=True))
    op.add_column("ec2_credentials", sa.Column("trust_id", sa.String(length=36), nullable=True))
    op.add_column("ec2_credentials", sa.Column("application_credential_id", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_ec2_credentials_id"), "ec2_credentials", ["id"], unique=False)
    op.add_column("regions", sa.Column("parent_region_id", sa.String(length=255), nullable=True))
    op.add_column("users", sa.Column("password_changed_at", sa.Double(), nullable=True))
    op.add_column("users", sa.Column("failed_logins", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("users", sa.Column("failed_at", sa.Double(), nullable=True))
    _give_ids()


def _give_ids() -> None:
    """Access keys that there are already: /credentials knows each by the SHA-256 of its access key."""
    keys = sa.table("ec2_credentials", sa.column("access", sa.String), sa.column("id", sa.String))
    connection = op.get_bind()
    for access in list(connection.execute(sa.select(keys.c.access)).scalars()):
        id = hashlib.sha256(access.encode()).hexdigest()
        connection.execute(sa.update(keys).where(keys.c.access == access).values(id=id))
