"""Tenant isolation, in one place: which project's rows a caller's query is limited to."""

from nova_like.model.context import Context


def owner(ctx: Context, all_projects: bool = False) -> str | None:
    """The project id that every repository query of this caller is limited to; None is no limit.

    Verbs on one thing let an admin reach every project's; lists do so only when `all_projects` is asked for.
    """
    if ctx.is_admin:
        return None
    return ctx.project_id or "-"  # no project: no row has this owner
