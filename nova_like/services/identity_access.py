"""Whose the directory's things are, and what is said of those that are not there: to somebody whom his scope does not
let see a thing, it and one that does not exist are refused alike. Reads no rows."""

from typing import Any

from nova_like.model.context import Context
from nova_like.model.errors import NotFound
from nova_like.services.scope import NOBODY

Row = dict[str, Any]


def check(policy: Any, ctx: Context, rule: str, *domain_ids: str | None) -> None:
    """Raises Forbidden unless the caller may do it to things of all these domains; None is no domain's."""
    policy.check(ctx, rule, domain_id=_one(domain_ids))


def allows(policy: Any, ctx: Context, rule: str, *domain_ids: str | None) -> bool:
    return bool(policy.allows(ctx, rule, domain_id=_one(domain_ids)))


def _one(domain_ids: tuple[str | None, ...]) -> str:
    return domain_ids[0] or NOBODY if len(set(domain_ids)) == 1 else NOBODY


def domain_of(row: Row | None) -> str | None:
    return row["domain_id"] if row else None


def found(noun: str, id: str, row: Row | None) -> Row:
    """Raises NotFound when there is no row."""
    if row is None:
        raise NotFound(noun, id, f"Could not find {noun}: {id[:64]}.")
    return row


def realm(ctx: Context) -> str | None:
    """The domain that this caller's lists are limited to; None is no limit."""
    return ctx.domain_id or None


def home(ctx: Context, default: str) -> str:
    """The domain in which the caller makes things when he names none: his token's."""
    return ctx.domain_id or ctx.project_domain_id or default
