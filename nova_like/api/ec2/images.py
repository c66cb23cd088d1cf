"""DescribeImages, and the look-up of images by Amazon's ids for the other actions."""

from typing import Any

from nova_like.api.ec2 import filters, ids, instance_view, paging, render, tag_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused

Row = dict[str, Any]
View = dict[str, Any]
_STATES = {"active": "available", "queued": "pending", "saving": "pending", "importing": "pending",
           "killed": "failed", "deactivated": "disabled"}  # fmt: skip
_OPEN = ("public", "community")
DESCRIPTION = "description"  # the property that holds it
FIELDS: dict[str, filters.Field] = {
    "image-id": lambda view: view["ImageId"],
    "name": lambda view: view["Name"],
    "description": lambda view: view["Description"],
    "state": lambda view: view["State"],
    "is-public": lambda view: view["Public"],
    "owner-id": lambda view: view["OwnerId"],
    "architecture": lambda view: view["Architecture"],
    "image-type": lambda view: view["ImageType"],
    "hypervisor": lambda view: view["Hypervisor"],
    "virtualization-type": lambda view: view["VirtualizationType"],
    "root-device-type": lambda view: view["RootDeviceType"],
    "root-device-name": lambda view: view["RootDeviceName"],
    "creation-date": lambda view: view["CreationDate"],
    "manifest-location": lambda view: view["ImageLocation"],
    "block-device-mapping.device-name": lambda view: [each["DeviceName"] for each in view["BlockDeviceMappings"]],
    **{name: lambda view: None for name in (
        "block-device-mapping.snapshot-id", "block-device-mapping.volume-size", "block-device-mapping.volume-type",
        "block-device-mapping.delete-on-termination", "block-device-mapping.encrypted", "kernel-id", "owner-alias",
        "platform", "product-code", "product-code.type", "ramdisk-id", "state-reason-code", "state-reason-message")},
    "Tags": lambda view: view["Tags"],
}  # fmt: skip


def describe(call: Call) -> dict[str, Any]:
    """DescribeImages: all that the caller may boot, those named, or those of the owners named."""
    page = paging.page(call, "ImageIds")
    passes = filters.predicate(call.get("Filters"), FIELDS)
    rows = find(call, call.params["ImageIds"]) if call.get("ImageIds") else _all(call)
    tags = call.services.tags.of(call.ctx, [row["id"] for row in rows])
    views = [_view(row, tags.get(row["id"], {})) for row in rows]
    mine = ids.account(call.ctx.project_id)
    chosen = (view for view in views if _owned(view, call.get("Owners", []), mine) and passes(view))
    shown, token = paging.cut((view for view in chosen if _usable(call, view, mine)), page, lambda v: v["ImageId"])
    return {"Images": shown, "NextToken": token}


def _owned(view: View, owners: list[str], mine: str) -> bool:
    """`self` is the caller; `amazon` and `aws-marketplace` own nothing here."""
    return not owners or view["OwnerId"] in owners or ("self" in owners and view["OwnerId"] == mine)


def _usable(call: Call, view: View, mine: str) -> bool:
    """Whether the caller is among ExecutableUsers: `all` is the public's, `self` those shared with the caller."""
    users = call.get("ExecutableUsers", [])
    if not users:
        return True
    shared = not view["Public"] and view["OwnerId"] != mine
    return ("all" in users and view["Public"]) or (("self" in users or mine in users) and shared)


def _all(call: Call, **filters: Any) -> list[Row]:
    """Images that the caller's project may boot; an operator's key shows no others' either."""
    rows = call.services.images.list(call.ctx, filters)
    return [row for row in rows if row["owner_id"] == call.ctx.project_id or row["visibility"] in _OPEN]


def find(call: Call, wanted: list[str]) -> list[Row]:
    """The rows that these ids name, once each and in their order. Raises Refused for malformed and unknown ones."""
    spans = {text: ids.span("image", text) for text in wanted}
    rows = _all(call, id_ranges=list(spans.values()), visibility="all", hidden=[True, False])
    by_id = {ids.show("image", row["id"]): row for row in rows}
    lost = [text for text in spans if text not in by_id]
    if lost:
        several = len(lost) > 1
        what = f"image id{'s' if several else ''} '[{', '.join(lost)}]' do{'' if several else 'es'} not exist"
        raise Refused("InvalidAMIID.NotFound", f"The {what}")
    return [by_id[text] for text in spans]


def own(call: Call) -> Row:
    """The row of the caller's own image that ImageId names. Raises Refused (AuthFailure) for what is another's."""
    (row,) = find(call, [call.params["ImageId"]])
    if row["owner_id"] != call.ctx.project_id:
        raise Refused("AuthFailure", f"Not authorized for image:{call.params['ImageId']}", 403)
    return row


def description(row: Row) -> str:
    """What its owner says of it."""
    return str((row["properties"] or {}).get(DESCRIPTION) or "")


def _view(row: Row, tags: dict[str, str]) -> View:
    name = row["name"] or ""
    return {
        "ImageId": ids.show("image", row["id"]), "Name": name, "Description": description(row),
        "ImageLocation": f"{ids.account(row['owner_id'])}/{name}", "State": _STATES.get(row["status"], "pending"),
        "OwnerId": ids.account(row["owner_id"]), "Public": row["visibility"] == "public",
        "CreationDate": render.timestamp(row["created_at"]), "Architecture": "x86_64", "ImageType": "machine",
        "Hypervisor": "xen", "VirtualizationType": "hvm", "RootDeviceType": "instance-store",
        "RootDeviceName": instance_view.ROOT_DEVICE, "BlockDeviceMappings": [], "Tags": tag_view.tags(tags),
    }  # fmt: skip
