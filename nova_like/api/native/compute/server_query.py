"""Reads the query of GET /servers as a query for instances. Looks nothing up."""

import datetime
from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.views.states import KNOWN, POWER, STATES
from nova_like.model.commands import InstanceQuery
from nova_like.model.errors import Forbidden, Invalid

# what a client may sort by, and the column it means
SORT = {
    "created_at": "created_at", "updated_at": "updated_at", "display_name": "name", "name": "name", "uuid": "id",
    "id": "id", "vm_state": "state", "user_id": "user_id", "project_id": "project_id", "tenant_id": "project_id",
    "availability_zone": "zone", "power_state": "power",
}  # fmt: skip
OPERATORS_SORT = {"host": "host", "node": "host"}


def parse(req: Request) -> InstanceQuery | None:
    """What is asked for, without page; None when it is known that nothing can match. Raises Invalid, Forbidden."""
    states = _states(req)
    if states == []:
        return None
    admin = req.ctx.is_admin
    return InstanceQuery(
        all_projects=_all_projects(req), states=states, name=_text(req, "name"),
        image_id=_reference(req, "image"), flavor_id=_reference(req, "flavor"), address=_text(req, "ip"),
        ids=_ids(req), key_name=_text(req, "key_name") if admin else None,
        host=(_text(req, "host") or _text(req, "node")) if admin else None,
        user_id=_text(req, "user_id") if admin else None,
        project_id=(_text(req, "project_id") or _text(req, "tenant_id")) if admin else None,
        zone=_text(req, "availability_zone"), powers=_powers(req) if admin else None,
        reservation_id=_text(req, "reservation_id") if admin else None,
        changes_since=_time(req, "changes-since"), changes_before=None,
        deleted=admin and (req.flag("deleted") or states == ["deleted"]), sort=_sort(req),
    )  # fmt: skip


def _text(req: Request, name: str) -> str | None:
    return req.GET.get(name) or None


def _reference(req: Request, name: str) -> str | None:
    """An id, or the end of a link."""
    text = _text(req, name)
    return text.rstrip("/").rsplit("/", 1)[-1] if text else None


def _ids(req: Request) -> list[str] | None:
    found = req.GET.getall("uuid")
    return found or None


def _all_projects(req: Request) -> bool:
    if not req.flag("all_tenants"):
        return False
    if not req.ctx.is_admin:
        raise Forbidden("Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.")
    return True


def _states(req: Request) -> list[str] | None:
    """States of the statuses asked for; None: any, []: none that exists."""
    asked = [text.upper() for text in req.GET.getall("status") if text]
    if req.ctx.is_admin:
        named = [text for text in req.GET.getall("vm_state") if text]
        if named:
            return [state for state in named if state in STATES.values()]
    if not asked:
        return None
    if req.microversion >= (2, 38) and not set(asked) <= KNOWN:
        raise Invalid(f"Invalid status value: {asked[0][:64]}", field="status")
    if "DELETED" in asked and not req.ctx.is_admin:
        raise Forbidden("Only administrators may list deleted servers")
    return [STATES[text] for text in asked if text in STATES]


def _powers(req: Request) -> list[str] | None:
    text = _text(req, "power_state")
    if text is None:
        return None
    return [word for word, number in POWER.items() if str(number) == text]


def _time(req: Request, name: str) -> float | None:
    text = _text(req, name)
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Invalid(f"Invalid {name} value", field=name) from None
    return _seconds(moment)


def _seconds(moment: datetime.datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _sort(req: Request) -> list[tuple[str, str]]:
    allowed: dict[str, Any] = {**SORT, **(OPERATORS_SORT if req.ctx.is_admin else {})}
    ways = req.GET.getall("sort_dir")
    found = []
    for index, key in enumerate(req.GET.getall("sort_key")):
        if key not in allowed:
            raise Invalid(f"Invalid sort key: {key[:64]}", field="sort_key")
        way = ways[index] if index < len(ways) else (ways[-1] if ways else "desc")
        if way not in ("asc", "desc"):
            raise Invalid(f"Unknown sort direction, must be one of: asc, desc: {way[:16]}", field="sort_dir")
        found.append((allowed[key], way))
    return found or ([("created_at", ways[0])] if ways and ways[0] in ("asc", "desc") else [])
