"""What each microversion changed in what is shown: converters of the newest view down one version, newest first.

Changes of requests stand where requests do: `since` and `until` of routes, and versions of schemas.
"""

import json
from typing import Any

from nova_like.api.common.microversion import Change, Changes, without
from nova_like.api.native.compute.views.numbers import number
from nova_like.model.ids import is_uuid

Json = dict[str, Any]
PREFIX = "OS-EXT-SRV-ATTR"


def _flavor_by_reference(view: Json) -> None:
    if "flavor" in view:
        view["flavor"] = view["flavor_ref"]


def _number(id: Any) -> Any:
    return number(id) if is_uuid(id) else id


def _service_by_number(view: Json) -> None:
    view["id"] = _number(view["id"])


def _hypervisor_by_number(view: Json) -> None:
    view["id"] = _number(view["id"])
    if "service" in view:
        view["service"] = {**view["service"], "id": _number(view["service"]["id"])}


def _cpu_info_as_text(view: Json) -> None:
    if "cpu_info" in view:
        view["cpu_info"] = json.dumps(view["cpu_info"])


def _plus(**more: Any) -> Any:
    return lambda view: {**view, **more}


def _attached_without_deletion(view: Json) -> None:
    attached = view.get("os-extended-volumes:volumes_attached") or []
    view["os-extended-volumes:volumes_attached"] = [{"id": volume["id"]} for volume in attached]


def _by_volume(view: Json) -> None:
    """Before 2.89 an attachment was named by its volume."""
    view["id"] = view["volumeId"]
    del view["attachment_id"], view["bdm_uuid"]


def _swap_blank(view: Json) -> None:
    if view.get("swap") == 0:
        view["swap"] = ""


def _policies(view: Json) -> None:
    view["policies"], view["metadata"] = [view.pop("policy")], {}
    del view["rules"]


def _with_amounts(view: Json) -> None:
    """Before 2.88 a hypervisor showed what it has and uses, and its uptime elsewhere."""
    view |= view.pop("amounts", {})
    view.pop("uptime", None)


CHANGES = Changes((
    Change("2.96", "server", without("pinned_availability_zone")),
    Change("2.89", "attachment", _by_volume),
    Change("2.88", "hypervisor", _with_amounts),
    Change("2.84", "instance_event", without("details")),
    Change("2.79", "attachment", without("delete_on_termination")),
    Change("2.75", "flavor", _swap_blank),
    Change("2.73", "server", without("locked_reason")),
    Change("2.70", "attachment", without("tag")),
    Change("2.64", "server_group", _policies),
    Change("2.63", "server", without("trusted_image_certificates")),
    Change("2.62", "instance_event", without("host", "hostId")),
    Change("2.61", "flavor", without("extra_specs")),
    Change("2.58", "instance_action", without("updated_at")),
    Change("2.55", "flavor", without("description")),
    Change("2.53", "service", _service_by_number),
    Change("2.53", "hypervisor", _hypervisor_by_number),
    Change("2.47", "server", _flavor_by_reference),
    Change("2.41", "aggregate", without("uuid")),
    Change("2.39", "limits", _plus(maxImageMeta=128)),
    Change("2.36", "limits", _plus(maxSecurityGroups=-1, maxSecurityGroupRules=-1, maxTotalFloatingIps=-1,
                                   totalFloatingIpsUsed=0, totalSecurityGroupsUsed=0)),
    Change("2.28", "hypervisor", _cpu_info_as_text),
    Change("2.26", "server", without("tags")),
    Change("2.19", "server", without("description")),
    Change("2.16", "server", without("host_status")),
    Change("2.13", "server_group", without("project_id", "user_id")),
    Change("2.11", "service", without("forced_down")),
    Change("2.9", "server", without("locked")),
    Change("2.3", "server", without(*(f"{PREFIX}:{name}" for name in (
        "hostname", "reservation_id", "launch_index", "kernel_id", "ramdisk_id", "root_device_name", "user_data")))),
    Change("2.3", "server", _attached_without_deletion),
    Change("2.2", "keypair", without("type")),
))  # fmt: skip
