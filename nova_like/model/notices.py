"""Notices of instances in OpenStack's words: event types, and the body of a versioned notification.

Format: https://docs.openstack.org/nova/latest/reference/notifications.html (InstanceActionPayload).
"""

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

Row = dict[str, Any]
START, END, ERROR = "start", "end", "error"
# flow kind -> the action of `instance.<action>.<phase>`
ACTIONS = {
    "boot": "create", "delete": "delete", "start": "power_on", "stop": "power_off", "reboot": "reboot",
    **{same: same for same in ("pause", "unpause", "suspend", "rebuild", "resize", "snapshot", "rescue", "unrescue",
                               "shelve", "shelve_offload", "unshelve", "soft_delete", "restore")},
    "resume": "resume", "confirm_resize": "resize_confirm", "revert_resize": "resize_revert", "backup": "snapshot",
    "replug": "update", "attach": "volume_attach", "detach": "volume_detach",
    "migrate": "resize", "evacuate": "evacuate", "confirm_move": "resize_confirm", "revert_move": "resize_revert",
}  # fmt: skip
PHASES = (START, END, ERROR)
EVENT_TYPES = tuple(f"instance.{action}.{phase}" for action in sorted({*ACTIONS.values()}) for phase in PHASES)
_VERSION = "1.8"


def event_type(kind: str, phase: str) -> str:
    return f"instance.{ACTIONS[kind]}.{phase}"


def is_wanted(event: str, patterns: list[str]) -> bool:
    """Whether one of the patterns (`instance.create.*`) means this event type; no patterns mean all."""
    return not patterns or any(fnmatchcase(event, pattern) for pattern in patterns)


def body(notice: Row) -> Row:
    """The notification that a row of `notices` stands for."""
    return {
        "message_id": notice["id"], "publisher_id": f"nova-compute:{notice['host'] or ''}",
        "timestamp": _stamp(notice["at"]), "event_type": notice["event_type"],
        "priority": "ERROR" if notice["event_type"].endswith(f".{ERROR}") else "INFO",
        "payload": _object("InstanceActionPayload", _payload(notice)),
    }  # fmt: skip


def for_owner(notification: Row) -> Row:
    """The same without what users are not told: which host it is."""
    payload = notification["payload"]
    data = {name: value for name, value in payload["nova_object.data"].items() if name != "host"}
    return {**notification, "publisher_id": "nova-compute", "payload": {**payload, "nova_object.data": data}}


def _payload(notice: Row) -> Row:
    flavor = notice["flavor"] or {}
    return {
        "uuid": notice["instance_id"], "tenant_id": notice["project_id"], "user_id": notice["owner_id"],
        "action_initiator_user": notice["user_id"], "action_initiator_project": notice["project_id"],
        "request_id": notice["request_id"], "display_name": notice["name"], "host_name": notice["hostname"],
        "host": notice["host"], "availability_zone": notice["zone"] or None, "state": notice["state"],
        "image_uuid": notice["image_id"], "key_name": notice["key_name"], "metadata": notice["metadata"] or {},
        "flavor": _object("FlavorPayload", {
            "flavorid": flavor.get("id"), "name": flavor.get("name"), "vcpus": flavor.get("vcpus"),
            "memory_mb": flavor.get("ram_mib"), "root_gb": flavor.get("disk_gib"),
        }),
        "fault": _fault(notice["fault"]),
        **{name: _stamp(notice[name]) for name in ("created_at", "launched_at", "terminated_at")},
    }  # fmt: skip


def _fault(fault: Row | None) -> Row | None:
    if not fault:
        return None
    return _object("ExceptionPayload", {"exception": fault.get("kind"), "exception_message": fault.get("reason")})


def _object(name: str, data: Row) -> Row:
    return {"nova_object.name": name, "nova_object.namespace": "nova", "nova_object.version": _VERSION,
            "nova_object.data": data}  # fmt: skip


def _stamp(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
