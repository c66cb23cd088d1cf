"""Reads the query of GET /servers as a query for instances, by one table. Looks nothing up."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute import moments
from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.api.native.compute.views.states import KNOWN, POWER, STATES, VM_STATES, doing
from nova_like.model.commands import InstanceQuery
from nova_like.model.errors import Forbidden, Invalid
from nova_like.model.ids import ec2_range
from nova_like.model.states import SOFT_DELETED

Version = tuple[int, int]
OPERATORS: Version = (9, 9)
# what a client may sort by, and the column it means
SORT = {
    "created_at": "created_at", "updated_at": "updated_at", "display_name": "name", "name": "name", "uuid": "id",
    "id": "id", "vm_state": "state", "user_id": "user_id", "project_id": "project_id", "tenant_id": "project_id",
    "availability_zone": "zone", "power_state": "power", "display_description": "description", "hostname": "hostname",
    "key_name": "key_name", "launched_at": "launched_at", "terminated_at": "terminated_at", "image_ref": "image_id",
    "launch_index": "launch_index", "config_drive": "config_drive", "locked_by": "locked_by",
    "deleted_at": "deleted_at", "progress": "created_at", "task_state": "created_at",
}  # fmt: skip
REBOOTS = {"REBOOT": "rebooting", "HARD_REBOOT": "rebooting_hard"}
OPERATORS_SORT = {"host": "host", "node": "host"}
MOST_PATTERN = 255
# a sign that repeats behind a group could cost a reader of patterns any time; references and look-arounds too
COSTLY = re.compile(r"\)[*+?{]|\{|\\[0-9gk]|\(\?|[*+?][*+?]")
_PAGING = {"limit", "marker", "sort_key", "sort_dir", "all_tenants", "soft_deleted"}


def _text(value: str) -> str:
    return value


def _last(value: str) -> str:
    """An id, or the end of a link."""
    return value.rstrip("/").rsplit("/", 1)[-1]


def pattern(value: str) -> str:
    """A regular expression that costs no more than its length. Raises Invalid."""
    try:
        re.compile(value)
    except (re.error, OverflowError):
        raise Invalid(f"Invalid pattern: {value[:64]}") from None
    if len(value) > MOST_PATTERN or COSTLY.search(value):
        raise Invalid(f"The pattern is too costly: {value[:64]}")
    return value


def _tags(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in value.split(",") if tag))[:50]


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Invalid(f"Invalid number: {value[:64]}")
    return int(value)


def _reservation(value: str) -> tuple[str, str]:
    """Reservations are shown as r- and the first digits of their UUID."""
    try:
        return ec2_range("r", value)
    except Invalid:
        return "-", "-"  # there is none of that name


def _power(value: str) -> list[str]:
    """By number, or by the word that it stands for."""
    return [word for word, number in POWER.items() if value in (str(number), word or "nostate")]


def _locked(value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0", "t", "f", "yes", "no", "y", "n", "on", "off"):
        raise Invalid(f"Invalid value '{value[:64]}' for locked: a boolean is needed.")
    return truth(value) or value.lower() in ("t", "y")


@dataclass(frozen=True)
class Filter:
    """A parameter, the field of InstanceQuery that it fills, how it is read, the version that brought it, and from
    which on it is for everybody (operators before: others' is ignored)."""

    name: str
    field: str
    read: Callable[[str], Any] = _text
    since: Version = (2, 1)
    everybody: Version = (2, 1)


FILTERS = (
    Filter("name", "name", pattern), Filter("image", "image_id", _last), Filter("flavor", "flavor_id", _last),
    Filter("ip", "address", pattern), Filter("ip6", "address6", pattern, everybody=(2, 5)),
    Filter("reservation_id", "reservation_range", _reservation),
    Filter("changes-since", "changes_since", moments.seconds),
    Filter("changes-before", "changes_before", moments.seconds, since=(2, 66)),
    Filter("tags", "tags_all", _tags, since=(2, 26)), Filter("tags-any", "tags_any", _tags, since=(2, 26)),
    Filter("not-tags", "tags_not_all", _tags, since=(2, 26)),
    Filter("not-tags-any", "tags_not_any", _tags, since=(2, 26)),
    Filter("locked", "locked", _locked, since=(2, 73)),
    Filter("availability_zone", "zone", everybody=(2, 83)), Filter("key_name", "key_name", everybody=(2, 83)),
    Filter("config_drive", "config_drive", truth, everybody=(2, 83)),
    Filter("power_state", "powers", _power, everybody=(2, 83)),
    Filter("task_state", "doing", doing, everybody=(2, 83)), Filter("user_id", "user_id", everybody=(2, 83)),
    Filter("created_at", "created_at", moments.seconds, everybody=(2, 83)),
    Filter("launched_at", "launched_at", moments.seconds, everybody=(2, 83)),
    Filter("terminated_at", "terminated_at", moments.seconds, everybody=(2, 83)),
    Filter("host", "host", everybody=OPERATORS), Filter("node", "host", everybody=OPERATORS),
    Filter("project_id", "project_id", everybody=OPERATORS), Filter("tenant_id", "project_id", everybody=OPERATORS),
    Filter("description", "description", pattern, everybody=OPERATORS),
    Filter("display_description", "description", pattern, everybody=OPERATORS),
    Filter("display_name", "name", pattern, everybody=OPERATORS), Filter("hostname", "hostname", everybody=OPERATORS),
    Filter("image_ref", "image_id", _last, everybody=OPERATORS),
    Filter("launch_index", "launch_index", _whole, everybody=OPERATORS),
    Filter("locked_by", "locked_by", everybody=OPERATORS),
)  # fmt: skip
# taken and without effect: what they name is the same for every instance here
IDLE = {"kernel_id", "ramdisk_id", "root_device_name", "auto_disk_config", "progress", "accessIPv4", "accessIPv6",
        "access_ip_v4", "access_ip_v6", "instance_type_id"}  # fmt: skip
KNOWN_NAMES = {one.name for one in FILTERS} | IDLE | _PAGING | {"status", "vm_state", "deleted", "uuid"}


def parse(req: Request) -> InstanceQuery | None:
    """What is asked for, without page; None when it is known that nothing can match. Raises Invalid, Forbidden."""
    if req.microversion >= (2, 75) and (strange := set(req.GET) - KNOWN_NAMES):
        names = ", ".join(sorted(name[:64] for name in strange)[:5])
        raise Invalid(f"Additional properties are not allowed ({names} were unexpected)")
    fields = {one.field: value for one in FILTERS if (value := _given(req, one)) is not None}
    statuses = _statuses(req)
    if statuses is not None:
        fields |= statuses
    if fields.get("states") == []:
        return None
    deleted = req.ctx.is_admin and (req.flag("deleted") or fields.get("states") == ["deleted"])
    found = InstanceQuery(all_projects=_all_projects(req), ids=req.GET.getall("uuid") or None, deleted=deleted,
                          soft_deleted=_soft_deleted(req, deleted, fields.get("states") or []), sort=_sort(req),
                          **fields)  # fmt: skip
    _in_order(found)
    return found


def _given(req: Request, one: Filter) -> Any:
    text = req.GET.get(one.name)
    if not text or req.microversion < one.since or (req.microversion < one.everybody and not req.ctx.is_admin):
        return None
    try:
        return one.read(text)
    except Invalid as fault:
        raise Invalid(f"Invalid input for query parameter {one.name}: {fault.reason}", field=one.name) from None


def _in_order(query: InstanceQuery) -> None:
    since, before = query.changes_since, query.changes_before
    if since is not None and before is not None and since > before:
        raise Invalid("The value of changes-since must be less than or equal to changes-before.")


def _soft_deleted(req: Request, deleted: bool, states: list[str]) -> bool:
    """Whether those are shown that may be had back: if they are named, or an operator asks for what is deleted."""
    if SOFT_DELETED in states:
        return True
    return req.ctx.is_admin and (req.flag("soft_deleted") if "soft_deleted" in req.GET else deleted)


def _all_projects(req: Request) -> bool:
    if not req.flag("all_tenants"):
        return False
    if not req.ctx.is_admin:
        raise Forbidden("Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.")
    return True


def _statuses(req: Request) -> dict[str, Any] | None:
    """States of the statuses asked for, and what is being done; None: any, no states: none that exists."""
    if (req.ctx.is_admin or req.microversion >= (2, 83)) and (named := _words(req, "vm_state")):
        return {"states": [state for state in STATES.values() if VM_STATES.get(state, state) in named]}
    asked = [text.upper() for text in _words(req, "status")]
    if not asked:
        return None
    if req.microversion >= (2, 38) and not set(asked) <= KNOWN:
        raise Invalid(f"Invalid status value: {asked[0][:64]}", field="status")
    if "DELETED" in asked and not req.ctx.is_admin:
        raise Forbidden("Only administrators may list deleted servers")
    busy = [one for text in asked for one in doing(REBOOTS.get(text, ""))]
    states = [STATES[text] for text in asked if text in STATES]
    return {"doing": busy} if busy and not states else {"states": states}


def _words(req: Request, name: str) -> list[str]:
    return [text for text in req.GET.getall(name) if text]


def _sort(req: Request) -> list[tuple[str, str]]:
    ways = req.GET.getall("sort_dir")
    found = []
    for index, key in enumerate(req.GET.getall("sort_key")):
        if key in OPERATORS_SORT and not req.ctx.is_admin:
            raise Forbidden(f"Only administrators can sort servers by {key}")
        column = SORT.get(key) or OPERATORS_SORT.get(key) or (
            "locked_by" if key == "locked" and req.microversion >= (2, 73) else None)  # fmt: skip
        if column is None:
            raise Invalid(f"Invalid sort key: {key[:64]}", field="sort_key")
        found.append((column, _way(ways[index] if index < len(ways) else ways[-1] if ways else "desc")))
    return list(dict(reversed(found)).items())[::-1] or ([("created_at", _way(ways[0]))] if ways else [])


def _way(text: str) -> str:
    if text not in ("asc", "desc"):
        raise Invalid(f"Unknown sort direction, must be one of: asc, desc: {text[:16]}", field="sort_dir")
    return text
