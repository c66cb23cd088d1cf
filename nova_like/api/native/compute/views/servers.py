"""Servers as compute shows them, in the newest form; `changes` brings them down."""

import hashlib
import ipaddress
from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views import states
from nova_like.api.native.compute.views.links import Json, bookmark, self_links
from nova_like.api.native.compute.views.times import micro_stamp, stamp
from nova_like.model.ids import to_ec2

SHOWN_AGAIN = {"accessIPv4": "", "accessIPv6": "", "OS-DCF:diskConfig": "MANUAL"}
PROGRESSING = ("ACTIVE", "BUILD", "REBOOT", "HARD_REBOOT")
PREFIX = "OS-EXT-SRV-ATTR"
# what the answer of PUT showed before 2.75; GET shows all
BASIC = {
    "id", "name", "status", "tenant_id", "user_id", "metadata", "hostId", "image", "flavor", "flavor_ref", "created",
    "updated", "addresses", "accessIPv4", "accessIPv6", "links", "OS-DCF:diskConfig", "progress", "fault", "locked",
    "description", "tags", "trusted_image_certificates", "server_groups", "locked_reason",
}  # fmt: skip


def brief(req: Request, instance: Json) -> Json:
    return {"id": instance["id"], "name": instance["name"], "links": self_links(req, "servers", instance["id"])}


def created(req: Request, instance: Json, password: str | None) -> Json:
    groups = _groups(instance) or [{"name": "default"}]
    return {
        "id": instance["id"], "links": self_links(req, "servers", instance["id"]), "security_groups": groups,
        **({"adminPass": password} if password is not None else {}),
        "OS-DCF:diskConfig": _again(instance)["OS-DCF:diskConfig"],
    }  # fmt: skip


def detail(req: Request, instance: Json, host_states: dict[str, str] | None = None) -> Json:
    """All of a server that this caller may see; `host_states` ({host: state}) for operators."""
    view = {**_what(req, instance), **_state(instance), **_form(req, instance)}
    if req.ctx.is_admin:
        view |= _for_operators(instance, host_states or {})
    view = CHANGES.apply("server", view, req.microversion)
    view.pop("flavor_ref", None)
    if not req.ctx.is_admin and req.microversion < (2, 90):
        view.pop(f"{PREFIX}:hostname", None)
    return view


def shown(req: Request, instance: Json, host_states: dict[str, str] | None = None) -> Json:
    """All of a server that is asked for by itself."""
    view = detail(req, instance, host_states)
    if req.microversion >= (2, 71):
        view["server_groups"] = [instance["group_id"]] if instance["group_id"] else []
    return view


def updated(req: Request, instance: Json, host_states: dict[str, str] | None = None) -> Json:
    """What the answers of PUT and of rebuilding show: from 2.75 on, all."""
    view = shown(req, instance, host_states)
    if req.microversion >= (2, 75):
        return view
    view = {name: value for name, value in view.items() if name in BASIC}
    return {**view, "addresses": addresses(instance, brief=True)}


def _what(req: Request, instance: Json) -> Json:
    return {
        "id": instance["id"], "name": instance["name"], "description": instance["description"],
        "tenant_id": instance["project_id"], "user_id": instance["user_id"], "metadata": instance["metadata"] or {},
        "tags": tags(instance.get("tags")),
        "created": stamp(instance["created_at"]), "updated": stamp(instance["updated_at"]),
        "links": self_links(req, "servers", instance["id"]), "locked": bool(instance["locked_by"]),
        "locked_reason": instance["locked_reason"], f"{PREFIX}:hostname": instance["hostname"],
        "hostId": host_id(instance), "OS-EXT-AZ:availability_zone": instance["zone"] or instance["wanted_zone"] or "",
        "pinned_availability_zone": instance["wanted_zone"] or None,
    }  # fmt: skip


def tags(named: dict[str, str] | None) -> list[str]:
    """A server's tags are those without a value; the others are EC2's alone."""
    return sorted(key for key, value in (named or {}).items() if not value)


def _state(instance: Json) -> Json:
    status = states.status(instance)
    view: Json = {
        "status": status, "OS-EXT-STS:vm_state": states.vm_state(instance),
        "OS-EXT-STS:task_state": states.task(instance), "OS-EXT-STS:power_state": states.power(instance),
        "OS-SRV-USG:launched_at": micro_stamp(instance["launched_at"]),
        "OS-SRV-USG:terminated_at": micro_stamp(instance["terminated_at"]),
    }  # fmt: skip
    if status in PROGRESSING:
        view["progress"] = 100 if status == "ACTIVE" else 0
    if status in ("ERROR", "DELETED") and instance["fault"]:
        view["fault"] = _fault(instance)
    return view


def _fault(instance: Json) -> Json:
    fault = instance["fault"]
    when = stamp(fault.get("at") or instance["updated_at"])
    return {"code": 500, "created": when, "message": str(fault.get("reason") or fault.get("kind") or "Error")}


def _form(req: Request, instance: Json) -> Json:
    view: Json = {
        "flavor": flavor(instance["flavor"]),
        "flavor_ref": _flavor_ref(req, instance["flavor"]["id"]),
        "image": _image_ref(req, instance["image_id"]),
        "key_name": instance["key_name"], "config_drive": "True" if instance["config_drive"] else "",
        "addresses": addresses(instance), "os-extended-volumes:volumes_attached": _volumes(instance),
        **_again(instance), "trusted_image_certificates": None,
    }  # fmt: skip
    if groups := _groups(instance):
        view["security_groups"] = groups
    return view


def _again(instance: Json) -> Json:
    """What it was given to be shown again, of what this dialect knows."""
    kept = instance.get("hints") or {}
    return {name: kept.get(name, usual) for name, usual in SHOWN_AGAIN.items()}


def _volumes(instance: Json) -> list[Json]:
    return [{"id": row["volume_id"], "delete_on_termination": row["delete_on_termination"]}
            for row in instance.get("volumes") or ()]  # fmt: skip


def flavor(flavor: Json) -> Json:
    return {
        "original_name": flavor["name"], "vcpus": flavor["vcpus"], "ram": flavor["ram_mib"],
        "disk": flavor["disk_gib"], "ephemeral": flavor.get("ephemeral_gib") or 0, "swap": flavor.get("swap_mib") or 0,
        "extra_specs": flavor.get("extra_specs") or {},
    }  # fmt: skip


def _flavor_ref(req: Request, id: str) -> Json:
    return {"id": id, "links": [bookmark(req, "flavors", id)]}


def _image_ref(req: Request, id: str | None) -> Json | str:
    return {"id": id, "links": [bookmark(req, "images", id)]} if id else ""


def _groups(instance: Json) -> list[Json]:
    names = {group["id"]: group["name"] for port in instance.get("ports") or () for group in port.get("groups") or ()}
    return [{"name": name} for name in names.values()]


def addresses(instance: Json, brief: bool = False) -> dict[str, list[Json]]:
    """{network name: its addresses}; `brief` leaves MAC and kind out, as /ips does."""
    found: dict[str, list[Json]] = {}
    for port in instance.get("ports") or ():
        for entry in port["addresses"]:
            found.setdefault(port["network_name"], []).append(_address(entry["address"], port["mac"], brief))
    return found


def _address(address: str, mac: str, brief: bool) -> Json:
    view = {"version": ipaddress.ip_address(address).version, "addr": address}
    return view if brief else {**view, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": mac}


def host_id(instance: Json) -> str:
    """A name for the host that tells a project nothing but whether two of its servers share it."""
    if not instance["host"]:
        return ""
    return hashlib.sha224(f"{instance['project_id']}{instance['host']}".encode()).hexdigest()


def _for_operators(instance: Json, host_states: dict[str, str]) -> Json:
    host, prefix = instance["host"], PREFIX
    view: dict[str, Any] = {
        f"{prefix}:host": host, f"{prefix}:hypervisor_hostname": host,
        f"{prefix}:instance_name": f"instance-{instance['id'][:8]}",
        f"{prefix}:reservation_id": to_ec2("r", instance["reservation_id"]),
        f"{prefix}:launch_index": instance["launch_index"], f"{prefix}:kernel_id": "", f"{prefix}:ramdisk_id": "",
        f"{prefix}:root_device_name": "/dev/vda", f"{prefix}:user_data": instance.get("user_data"),
        "host_status": host_states.get(host, "UNKNOWN") if host else "",
    }  # fmt: skip
    return view
