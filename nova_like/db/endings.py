"""What goes with a user, a group, a project, a role or a domain: the columns that name it, in one table."""

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema.delegation import (
    access_rules,
    application_credential_rules,
    application_credentials,
    credentials,
    password_history,
    trusts,
)  # fmt: skip
from nova_like.db.schema.identity import (
    assignments,
    domains,
    ec2_credentials,
    groups,
    implied_roles,
    memberships,
    project_tags,
    projects,
    roles,
    users,
)  # fmt: skip
from nova_like.db.schema.unified_limits import limits

# noun -> its table, and the columns of other tables whose rows go with it
GOES: dict[str, tuple[sa.Table, tuple[sa.Column, ...]]] = {
    "user": (users, (
        assignments.c.actor_id, memberships.c.user_id, ec2_credentials.c.user_id, credentials.c.user_id,
        application_credentials.c.user_id, access_rules.c.user_id, trusts.c.trustor_user_id, trusts.c.trustee_user_id,
        password_history.c.user_id,
    )),
    "group": (groups, (assignments.c.actor_id, memberships.c.group_id)),
    "project": (projects, (
        assignments.c.target_id, project_tags.c.project_id, ec2_credentials.c.project_id, credentials.c.project_id,
        application_credentials.c.project_id, trusts.c.project_id, limits.c.project_id,
    )),
    "role": (roles, (assignments.c.role_id, implied_roles.c.prior_id, implied_roles.c.implied_id)),
    "domain": (domains, (assignments.c.target_id, project_tags.c.project_id, limits.c.domain_id)),
}  # fmt: skip
OF_A_DOMAIN = ("user", "group", "project", "role")


def end(tx: Transaction, noun: str, id: str) -> None:
    """Delete a thing and what goes with it; of a domain, all that is in it."""
    if noun == "domain":
        for one in OF_A_DOMAIN:
            table = GOES[one][0]
            _end(tx, one, sa.select(table.c.id).where(table.c.domain_id == id))
    _end(tx, noun, sa.select(sa.literal(id)))


def _end(tx: Transaction, noun: str, ids: sa.Select) -> None:
    table, columns = GOES[noun]
    for column in columns:
        if column.table is application_credentials:
            of = application_credential_rules.c.application_credential_id
            gone = sa.select(application_credentials.c.id).where(column.in_(ids))
            tx.execute(sa.delete(application_credential_rules).where(of.in_(gone)))
    for column in columns:
        tx.execute(sa.delete(column.table).where(column.in_(ids)))
    if noun == "project":
        tx.execute(sa.update(users).where(users.c.default_project_id.in_(ids)).values(default_project_id=None))
    tx.execute(sa.delete(table).where(table.c.id.in_(ids)))
