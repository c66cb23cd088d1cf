"""CreateVolume, DescribeVolumes, DescribeVolumeStatus and DeleteVolume, and the look-up of volumes by Amazon's ids."""

from typing import Any

from nova_like.api.ec2 import filters, ids, once, paging, tag_view, volume_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing

Row = dict[str, Any]
LARGEST_GIB = 65536
# asking for these is refused; nothing, `false` and nought ask for nothing
_UNSUPPORTED = ("AvailabilityZoneId", "Encrypted", "Iops", "KmsKeyId", "MultiAttachEnabled", "Operator", "OutpostArn",
                "SnapshotId", "Throughput", "VolumeInitializationRate")  # fmt: skip


def create(call: Call) -> dict[str, Any]:
    """CreateVolume: an empty one; with a client token once."""
    size, zone = _size(call), _zone(call)
    tags = tag_view.specified(call.get("TagSpecifications", []), "volume")
    with once.token(call):
        row = call.services.volumes.create(call.ctx, size, name=tags.get("Name"), zone=zone, tags=tags)
    return volume_view.volume(row, tags)


def _size(call: Call) -> int:
    refuse_unsupported(call.params)
    size = call.get("Size")
    if size is None:
        raise missing("Size")
    return sized(size)


def refuse_unsupported(asked: dict[str, Any], more: tuple[str, ...] = ()) -> None:
    """Raise Refused for what is asked of a new volume and is not done here, `more` parameters among it."""
    for name in (*_UNSUPPORTED, *more):
        if asked.get(name):
            raise Refused("UnsupportedOperation", f"The parameter {name} is not supported.")
    if asked.get("VolumeType", volume_view.KIND) != volume_view.KIND:
        raise Refused("UnknownVolumeType", f"Volumes are of the type {volume_view.KIND} here.")


def sized(gib: int) -> int:
    """The same number. Raises Refused unless a volume can be so large."""
    if not 1 <= gib <= LARGEST_GIB:
        raise Refused("InvalidParameterValue", f"Volume of {gib}GiB is invalid; from 1 to {LARGEST_GIB}.")
    return gib


def _zone(call: Call) -> str:
    name = call.get("AvailabilityZone")
    if not name:
        raise missing("AvailabilityZone")
    if name not in call.services.volumes.zones(call.ctx):
        raise Refused("InvalidZone.NotFound", f"The zone '{name[:100]}' does not exist.")
    return name


def describe(call: Call) -> dict[str, Any]:
    """DescribeVolumes: all of the caller's project, or those named."""
    page = paging.page(call, "VolumeIds")
    passes = filters.predicate(call.get("Filters"), volume_view.FIELDS)
    rows = chosen(call)
    tags = call.services.tags.of(call.ctx, [row["id"] for row in rows])
    views = (volume_view.volume(row, tags.get(row["id"], {})) for row in rows)
    shown, token = paging.cut(filter(passes, views), page, lambda view: view["VolumeId"])
    return {"Volumes": shown, "NextToken": token}


def describe_status(call: Call) -> dict[str, Any]:
    """DescribeVolumeStatus: whether each can be used."""
    page = paging.page(call, "VolumeIds")
    passes = filters.predicate(call.get("Filters"), volume_view.STATUS_FIELDS)
    views = map(volume_view.status, chosen(call))
    shown, token = paging.cut(filter(passes, views), page, lambda view: view["VolumeId"])
    return {"VolumeStatuses": shown, "NextToken": token}


def delete(call: Call) -> None:
    """DeleteVolume: one that is on its way out stays so."""
    (row,) = find(call, [call.params["VolumeId"]])
    if volume_view.state(row) == "in-use":
        raise Refused("VolumeInUse", f"Volume '{call.params['VolumeId']}' is in use.")
    call.services.volumes.delete(call.ctx, row["id"])


def chosen(call: Call) -> list[Row]:
    """The rows that VolumeIds names, or all."""
    wanted = call.get("VolumeIds")
    return find(call, wanted) if wanted else call.services.volumes.list(call.ctx)


def find(call: Call, wanted: list[str]) -> list[Row]:
    """The rows that these ids name, once each and in their order. Raises Refused for malformed and unknown ones."""
    spans = {text: ids.span("volume", text) for text in wanted}
    rows = call.services.volumes.list(call.ctx, {"id_ranges": list(spans.values())})
    by_id = {ids.show("volume", row["id"]): row for row in rows}
    for text in spans:
        if text not in by_id:
            raise Refused("InvalidVolume.NotFound", f"The volume '{text}' does not exist.")
    return [by_id[text] for text in spans]
