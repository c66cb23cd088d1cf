"""Tenant isolation, in one place: which project's rows a caller's query is limited to."""

from nova_like.model.context import Context

NOBODY = "-"  # no row has this owner


def owner(ctx: Context, all_projects: bool = True) -> str | None:
    """The project id that every repository query of this caller is limited to; None is no limit.

    Verbs on one thing let an admin reach every project's; lists pass `all_projects`: what was asked for.
    """
    if ctx.is_admin and all_projects:
        return None
    return ctx.project_id or NOBODY
