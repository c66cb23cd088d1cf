"""DescribeImageAttribute, ModifyImageAttribute and ResetImageAttribute: its description, and who may launch
it."""

from collections.abc import Callable
from typing import Any

from nova_like.api.ec2 import images
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing

Row = dict[str, Any]
View = dict[str, Any]
_VALUES: dict[str, Callable[[Row], View]] = {
    "description": lambda row: {"Description": {"Value": images.description(row)}},
    "launchPermission": lambda row: {"LaunchPermissions": [{"Group": "all"}] if _is_public(row) else []},
    "productCodes": lambda row: {"ProductCodes": []},
    "blockDeviceMapping": lambda row: {"BlockDeviceMappings": []},
    "kernel": lambda row: {},
    "ramdisk": lambda row: {},
    "sriovNetSupport": lambda row: {},
}


def describe(call: Call) -> View:
    """DescribeImageAttribute, for the owner: the attribute beside the image's id."""
    value = _VALUES.get(call.params["Attribute"])
    if value is None:
        raise Refused("InvalidRequest", "The request received was invalid")
    return {"ImageId": call.params["ImageId"], **value(images.own(call))}


def modify(call: Call) -> None:
    """ModifyImageAttribute: one attribute at a time, in the old form (Attribute, Value) or in the new."""
    if call.get("Attribute") == "description" and "Value" not in call.params and "Description" not in call.params:
        raise missing("Value")
    described = {name for name in ("Description", "LaunchPermission") if name in call.params}
    attribute = call.get("Attribute") or (described.pop() if len(described) == 1 else "")
    change = _CHANGES.get(attribute)
    if change is None:
        raise Refused("InvalidParameterCombination", "No attributes specified.")
    change(call)


def _describe_anew(call: Call) -> None:
    text = call.get("Description", {}).get("Value") if "Description" in call.params else call.get("Value")
    row = images.own(call)
    call.services.images.update(
        call.ctx, row["id"], lambda now: {"properties": {**(now["properties"] or {}), images.DESCRIPTION: text or ""}}
    )


def _permit(call: Call) -> None:
    """Everybody may launch it, or its owner only."""
    add, remove = _asked(call)
    for each in (*add, *remove):
        if each.get("Group") != "all":
            raise Refused("UnsupportedOperation", "Of launch permissions only the group all is supported.")
    if not add and not remove:
        raise Refused("InvalidParameterCombination", "No operation specified for launchPermission attribute.")
    _publish(call, bool(add))


def _asked(call: Call) -> tuple[list[View], list[View]]:
    """(to add, to remove), in either form."""
    permission = call.get("LaunchPermission", {})
    named = [{"Group": name} for name in call.get("UserGroups", [])]
    named += [{"UserId": name} for name in call.get("UserIds", [])]
    add, remove = permission.get("Add", []), permission.get("Remove", [])
    if not named:
        return add, remove
    if call.get("OperationType") not in ("add", "remove"):
        raise Refused("InvalidParameterCombination", "OperationType must be add or remove.")
    return (add + named, remove) if call.params["OperationType"] == "add" else (add, remove + named)


def _publish(call: Call, public: bool) -> None:
    wanted = "public" if public else "shared"
    row = images.own(call)
    if _is_public(row) != public:
        call.services.images.update(call.ctx, row["id"], lambda now: {"visibility": wanted})


def _fixed(call: Call) -> None:
    raise Refused("InvalidParameter", f"Parameter {call.params['Attribute']} is invalid. It cannot be changed.")


_CHANGES: dict[str, Callable[[Call], None]] = {
    "description": _describe_anew, "Description": _describe_anew, "launchPermission": _permit,
    "LaunchPermission": _permit, "blockDeviceMapping": _fixed,
}  # fmt: skip


def reset(call: Call) -> None:
    """ResetImageAttribute: its owner only may launch it."""
    if call.params["Attribute"] != "launchPermission":
        raise Refused("InvalidRequest", "The request received was invalid")
    _publish(call, False)


def _is_public(row: Row) -> bool:
    return bool(row["visibility"] == "public")
