"""Groups, project tags, roles of a domain, whose a role assignment is, and fields that clients made up."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
GLOBAL = sa.text("domain_id IS NULL")


def _facts(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=True)


def _floor() -> sa.Column:
    return sa.Column("token_floor", sa.BigInteger(), server_default="0", nullable=False)


def upgrade() -> None:
    for table, columns in (
        ("domains", (_facts("options"), _facts("extra"), _floor())), ("projects", (_facts("extra"), _floor())),
        ("users", (_facts("extra"),)),
        ("assignments", (sa.Column("actor_kind", sa.String(length=8), server_default="user", nullable=False),)),
    ):  # fmt: skip
        for column in columns:
            op.add_column(table, column)
    with op.batch_alter_table("roles") as roles:  # SQLite cannot drop a constraint: the table is written anew
        roles.drop_constraint("uq_roles_name", type_="unique")
        roles.create_unique_constraint("uq_roles_domain_id_name", ["domain_id", "name"])
        roles.add_column(_facts("options"))
        roles.add_column(_facts("extra"))
    op.create_index("ix_roles_everywhere", "roles", ["name"], unique=True, sqlite_where=GLOBAL, postgresql_where=GLOBAL)
    _tables()


def _tables() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=4000), server_default="", nullable=False),
        sa.Column("domain_id", sa.String(length=36), nullable=False),
        _facts("extra"),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("domain_id", "name", name=op.f("uq_groups_domain_id_name")),
    )
    op.create_table(
        "memberships",
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_table(
        "project_tags",
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_project_tags")),
    )
    op.create_index("ix_project_tags_name", "project_tags", ["name"], unique=False)
