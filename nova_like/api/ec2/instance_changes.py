"""ModifyInstanceAttribute and ResetInstanceAttribute: one property of one instance, in the old form or in the new."""

from collections.abc import Callable
from typing import Any

from nova_like.api.ec2 import groups, ids, instance_state, instance_view, instances, user_data
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, invalid, missing
from nova_like.model.errors import Invalid, NotFound
from nova_like.model.states import RESIZED

Row = dict[str, Any]
# attribute -> its member in the new form
_MEMBERS = {
    "disableApiTermination": "DisableApiTermination", "instanceType": "InstanceType", "userData": "UserData",
    "groupSet": "Groups", "kernel": "Kernel", "ramdisk": "Ramdisk", "blockDeviceMapping": "BlockDeviceMappings",
    "sourceDestCheck": "SourceDestCheck", "ebsOptimized": "EbsOptimized", "enaSupport": "EnaSupport",
    "disableApiStop": "DisableApiStop", "sriovNetSupport": "SriovNetSupport", "enclaveOptions": "EnclaveOptions",
    "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
}  # fmt: skip
# what every instance has, and nothing else can be asked for
_FIXED: dict[str, Any] = {"SourceDestCheck": True, "EbsOptimized": False, "EnaSupport": False, "DisableApiStop": False,
                          "InstanceInitiatedShutdownBehavior": "stop"}  # fmt: skip
_RESETTABLE = ("kernel", "ramdisk", "sourceDestCheck")


def modify(call: Call) -> None:
    """ModifyInstanceAttribute."""
    member, value = _asked(call)
    row = instances.find(call, [call.params["InstanceId"]])[0]
    if instance_state.name(row) == instance_state.TERMINATED:
        raise _wrong_state(call)
    change = _CHANGES.get(member)
    if change is not None:
        change(call, row, value)
    else:
        raise Refused("UnsupportedOperation", f"The attribute {member} cannot be changed.")


def _asked(call: Call) -> tuple[str, Any]:
    """(member of the new form, its value). Raises Refused unless exactly one attribute is named."""
    members = [name for name in _MEMBERS.values() if name in call.params]
    attribute = call.get("Attribute")
    if attribute is None:
        if len(members) != 1:
            raise Refused("InvalidParameterCombination", "One attribute must be specified, and no more.")
        return members[0], _value(call.params[members[0]])
    if attribute not in _MEMBERS:
        raise invalid("Attribute", attribute)
    if members not in ([], [_MEMBERS[attribute]]) or ("Value" in call.params and members):
        raise Refused("InvalidParameterCombination", "One attribute must be specified, and no more.")
    if members:
        return members[0], _value(call.params[members[0]])
    if "Value" not in call.params:
        raise missing("Value")
    return _MEMBERS[attribute], call.params["Value"]


def _value(given: Any) -> Any:
    return given.get("Value") if isinstance(given, dict) else given


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false"):
        raise invalid("Value", str(value), "It must be true or false.")
    return str(value).lower() == "true"


def _protect(call: Call, row: Row, value: Any) -> None:
    call.services.instance_options.set(call.ctx, row["id"], protected=_boolean(value))


def _retype(call: Call, row: Row, value: Any) -> None:
    """Of a stopped one. The type that it has, or is being given, may be said again; a resize that waits for its word is
    confirmed so."""
    if instance_state.name(row) != instance_state.STOPPED:
        raise _wrong_state(call)
    if value != instance_view.kind(row):
        _resize(call, row, str(value))
    elif row["state"] == RESIZED:
        call.services.resizing.confirm(call.ctx, row["id"])


def _resize(call: Call, row: Row, name: str) -> None:
    wrong = Refused("InvalidInstanceAttributeValue", f"Invalid value '{name[:100]}' for InstanceType.")
    try:
        call.services.resizing.retype(call.ctx, row["id"], call.services.flavors.by_name(call.ctx, name)["id"])
    except NotFound as fault:
        raise fault if fault.noun == "instance" else wrong from None
    except Invalid as fault:
        if fault.facts.get("code") == "volume_backed":
            raise
        raise Refused(wrong.ec2_code, f"{wrong.reason} {fault.reason}") from None


def _give_data(call: Call, row: Row, value: Any) -> None:
    if instance_state.name(row) != instance_state.STOPPED:
        raise _wrong_state(call)
    data = user_data.of_text(value) if isinstance(value, str) else user_data.kept(value or b"")
    call.services.instance_options.set_user_data(call.ctx, row["id"], data)


def _regroup(call: Call, row: Row, value: Any) -> None:
    wanted = groups.find(call, value if isinstance(value, list) else [str(value)], [])
    call.services.memberships.replace(call.ctx, row["id"], wanted)


def _same(call: Call, row: Row, value: Any) -> None:
    """A fixed value in the old form comes as text."""
    member = _asked(call)[0]
    fixed = _FIXED[member]
    if (_boolean(value) if isinstance(fixed, bool) else value) != fixed:
        raise Refused("UnsupportedOperation", f"The attribute {member} cannot be changed to that.")


def _keep_or_lose(call: Call, row: Row, value: Any) -> None:
    """Whether volumes go with the instance, by the names of their devices."""
    if not isinstance(value, list):
        raise missing("BlockDeviceMapping")
    attached = {f"/dev/{one['device']}": one for one in call.services.attachments.list(call.ctx, row["id"])}
    for volume_id, wanted in [_kept(attached, mapping) for mapping in value]:
        if wanted is not None:
            call.services.attachments.update(call.ctx, row["id"], volume_id, wanted)


def _kept(attached: dict[str, Row], mapping: dict[str, Any]) -> tuple[str, bool | None]:
    """(volume, whether it is to go). Raises Refused unless that volume is attached as that device."""
    name, ebs = mapping.get("DeviceName", ""), mapping.get("Ebs") or {}
    found = attached.get(name if name.startswith("/dev/") else f"/dev/{name}")
    if found is None:
        raise Refused("InvalidInstanceAttributeValue", f"No volume is attached at {name[:64]}.")
    if ebs.get("VolumeId") not in (None, ids.show("volume", found["volume_id"])):
        raise Refused("InvalidInstanceAttributeValue", f"Another volume is attached at {name[:64]}.")
    return found["volume_id"], ebs.get("DeleteOnTermination")


_CHANGES: dict[str, Callable[[Call, Row, Any], None]] = {
    "DisableApiTermination": _protect, "InstanceType": _retype, "UserData": _give_data, "Groups": _regroup,
    "BlockDeviceMappings": _keep_or_lose, **dict.fromkeys(_FIXED, _same),
}  # fmt: skip


def reset(call: Call) -> None:
    """ResetInstanceAttribute: of what can be reset, everything is as it began."""
    if call.params["Attribute"] not in _RESETTABLE:
        raise invalid("Attribute", call.params["Attribute"], "It cannot be reset.")
    instances.find(call, [call.params["InstanceId"]])


def _wrong_state(call: Call) -> Refused:
    text = f"The instance '{call.params['InstanceId']}' is not in the 'stopped' state."
    return Refused("IncorrectInstanceState", text)
