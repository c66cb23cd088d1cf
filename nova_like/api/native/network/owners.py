"""Whose a new thing is to be: the caller's project, or the one that an operator names."""

from typing import Any

from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, Invalid


def of(ctx: Context, body: dict[str, Any]) -> str:
    """The owner's project id. Raises Forbidden for a project of others, Invalid when two are named."""
    named = {body[key] for key in ("project_id", "tenant_id") if body.get(key)}
    if len(named) > 1:
        raise Invalid("'project_id' and 'tenant_id' do not match", field="project_id")
    project = named.pop() if named else ctx.project_id
    if project != ctx.project_id and not ctx.is_admin:
        raise Forbidden("Specifying 'project_id' or 'tenant_id' other than the authenticated project in a request "
                        "requires admin privileges.")  # fmt: skip
    if not project or len(project) > 36:
        raise Invalid("Running without keystone AuthN requires that tenant_id is specified", field="project_id")
    return project
