"""A volume as Amazon describes it, and what of it can be filtered. Renders; asks nobody."""

from typing import Any

from nova_like.api.ec2 import filters, ids, render, tag_view

Row = dict[str, Any]
View = dict[str, Any]
KIND = "standard"
ZONE = "nova"  # of those that may be anywhere
_STATES = {
    "creating": "creating", "available": "available", "in-use": "in-use", "attaching": "in-use", "detaching": "in-use",
    "deleting": "deleting", "deleted": "deleted", "error": "error",
}  # fmt: skip
ATTACHMENT_STATES = {"attaching": "attaching", "attached": "attached", "detaching": "detaching",
                     "releasing": "detaching"}  # fmt: skip
FIELDS: dict[str, filters.Field] = {
    "volume-id": lambda view: view["VolumeId"],
    "status": lambda view: view["State"],
    "size": lambda view: view["Size"],
    "availability-zone": lambda view: view["AvailabilityZone"],
    "availability-zone-id": lambda view: view["AvailabilityZone"],
    "create-time": lambda view: render.timestamp(view["CreateTime"]),
    "encrypted": lambda view: view["Encrypted"],
    "multi-attach-enabled": lambda view: view["MultiAttachEnabled"],
    "fast-restored": lambda view: False,
    "snapshot-id": lambda view: view["SnapshotId"] or None,
    "volume-type": lambda view: view["VolumeType"],
    "attachment.instance-id": lambda view: [each["InstanceId"] for each in view["Attachments"]],
    "attachment.device": lambda view: [each["Device"] for each in view["Attachments"]],
    "attachment.status": lambda view: [each["State"] for each in view["Attachments"]],
    "attachment.attach-time": lambda view: [render.timestamp(each["AttachTime"]) for each in view["Attachments"]],
    "attachment.delete-on-termination": lambda view: [each["DeleteOnTermination"] for each in view["Attachments"]],
    "Tags": lambda view: view["Tags"],
}
STATUS_FIELDS: dict[str, filters.Field] = {
    "availability-zone": lambda view: view["AvailabilityZone"],
    "volume-status.status": lambda view: view["VolumeStatus"]["Status"],
    "volume-status.details-name": lambda view: [each["Name"] for each in view["VolumeStatus"]["Details"]],
    "volume-status.details-status": lambda view: [each["Status"] for each in view["VolumeStatus"]["Details"]],
    **{name: lambda view: None for name in (
        "action.code", "action.description", "action.event-id", "event.description", "event.event-id",
        "event.event-type", "event.not-after", "event.not-before")},
}  # fmt: skip


def volume(row: Row, tags: dict[str, str]) -> View:
    """One Volume."""
    return {
        "VolumeId": ids.show("volume", row["id"]), "Size": row["size_gib"], "SnapshotId": "",
        "AvailabilityZone": row["zone"] or ZONE, "State": state(row), "CreateTime": row["created_at"],
        "Attachments": [attachment(row["attachment"])] if row.get("attachment") else [],
        "VolumeType": KIND, "Encrypted": False, "MultiAttachEnabled": False, "Tags": tag_view.tags(tags),
    }  # fmt: skip


def attachment(row: Row) -> View:
    """One VolumeAttachment."""
    return {
        "VolumeId": ids.show("volume", row["volume_id"]), "InstanceId": ids.show("instance", row["instance_id"]),
        "Device": f"/dev/{row['device']}", "State": ATTACHMENT_STATES[row["state"]], "AttachTime": row["created_at"],
        "DeleteOnTermination": row["delete_on_termination"],
    }  # fmt: skip


def state(row: Row) -> str:
    """Amazon's name of what it is at; one that is wanted no more is on its way out."""
    return "deleting" if row.get("wanted") == "deleted" else _STATES.get(row["state"], "error")


def status(row: Row) -> View:
    """One VolumeStatusItem."""
    good = state(row) in ("available", "in-use")
    details = [{"Name": "io-enabled", "Status": "passed" if good else "failed"}]
    return {
        "VolumeId": ids.show("volume", row["id"]), "AvailabilityZone": row["zone"] or ZONE,
        "Actions": [], "Events": [],
        "VolumeStatus": {"Status": "ok" if good else "insufficient-data", "Details": details if good else []},
    }  # fmt: skip
