"""Reads `block_device_mapping_v2` of a new server: what it starts from, and the volumes that it is to have. Looks
nothing up."""

from typing import Any

from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.model.commands import BootDisk
from nova_like.model.errors import Invalid
from nova_like.model.ids import normal_uuid

Json = dict[str, Any]
WRONG = "Block Device Mapping is Invalid: "
SEQUENCE = f"{WRONG}Boot sequence for the instance and image/block device mapping combination is not valid."
LOCALS = f"{WRONG}You specified more local devices than the limit allows"


def read(devices: list[Json], image_id: str) -> tuple[str, tuple[BootDisk, ...]]:
    """(the image of its own disk, empty when it starts from a volume; the volumes) of a list that is not empty, beside
    the image that is named for the server, if one is. Raises Invalid."""
    _check_sequence([_index(device) for device in devices])
    root = next(device for device in devices if _index(device) == 0)
    own = _kind(root) == ("image", "local")
    named = normal_uuid(root.get("uuid") or "") or ""
    if image_id and (root["source_type"] != "image" or image_id != named):
        raise Invalid(SEQUENCE, "instance", field="imageRef")
    disks = tuple(_disk(device) for device in devices if not (own and device is root))
    return (named if own else ""), disks


def _check_sequence(indexes: list[int | None]) -> None:
    """Those that it may start from are numbered from 0, each once."""
    found = sorted(index for index in indexes if index is not None and index >= 0)
    if not found or found != list(range(len(found))):
        raise Invalid(SEQUENCE, "instance", field="boot_index")


def _index(device: Json) -> int | None:
    value = device.get("boot_index")
    return None if value is None or value in ("", "None") else int(value)


def _kind(device: Json) -> tuple[str, str]:
    source = device["source_type"]
    usual = "volume" if source in ("volume", "snapshot") else "local"
    return source, device.get("destination_type") or usual


def _disk(device: Json) -> BootDisk:
    source, destination = _kind(device)
    if source == "snapshot":
        raise Invalid(f"{WRONG}failed to get snapshot {device.get('uuid')}.", "snapshot", code="not_found")
    if destination == "local":
        raise Invalid(LOCALS if source == "blank" else f"{WRONG}Mapping {source} to local is not supported.",
                      "instance", field="destination_type")  # fmt: skip
    size = int(device.get("volume_size") or 0)
    if source != "volume" and not 0 < size < 1 << 31:
        what = "Images" if source == "image" else "Blank volumes"
        raise Invalid(f"{WRONG}{what} (source: '{source}', dest: 'volume') need to have non-zero size",
                      "instance", field="volume_size")  # fmt: skip
    id = normal_uuid(device.get("uuid") or "") or ""
    if bool(id) == (source == "blank"):
        raise Invalid(f"{WRONG}failed to get {source} {str(device.get('uuid'))[:64]}.", source, field="uuid")
    return BootDisk(
        source, id, size, _index(device) == 0, truth(device.get("delete_on_termination", False)),
        _device(device.get("device_name")), device.get("tag"),
    )  # fmt: skip


def _device(name: str | None) -> str:
    return (name or "").removeprefix("/dev/")
