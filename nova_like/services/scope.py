"""Tenant isolation, in one place: which project's rows a caller's query is limited to."""

from nova_like.model.context import Context
from nova_like.model.errors import Forbidden

NOBODY = "-"  # no row has this owner


def owner(ctx: Context, all_projects: bool = True) -> str | None:
    """The project id that every repository query of this caller is limited to; None is no limit.

    Verbs on one thing let an admin reach every project's; lists pass `all_projects`: what was asked for.
    """
    if ctx.is_admin and all_projects:
        return None
    return ctx.project_id or NOBODY


def home(ctx: Context) -> str:
    """The project in which this caller makes things. Raises Forbidden for one whose token is of no project."""
    if not ctx.project_id:
        raise Forbidden("This takes a token of a project.")
    return ctx.project_id
