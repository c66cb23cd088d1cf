"""Volumes that an instance is born with: whether it can have them, and the rows that promise them. Making them, and
waiting until they are there, is the flows'."""

from dataclasses import dataclass, field
from typing import Any

from nova_like import concurrency
from nova_like.db import attachments, images, tags, volumes
from nova_like.db.engine import Transaction
from nova_like.flows.start import Starter
from nova_like.model.commands import BootDisk, BootInstances
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, Invalid
from nova_like.model.ids import is_uuid
from nova_like.services.scope import owner
from nova_like.services.volume_images import of_image

Row = dict[str, Any]
LETTERS = "bcdefghijklmnopqrstuvwxyz"
ROOT = "vda"


@dataclass
class Given:
    """What each instance gets: disks with their devices, the columns of the volumes that are made for it by disk, and
    what those take of the quota."""

    disks: list[tuple[BootDisk, str]]
    made: dict[int, Row] = field(default_factory=dict)
    from_volume: bool = False

    def amounts(self, count: int) -> dict[str, int]:
        sizes = sum(int(columns["size_gib"]) for columns in self.made.values())
        return {"volumes": count * len(self.made), "gigabytes": count * sizes} if self.made else {}


def planned(tx: Transaction, ctx: Context, command: BootInstances, ram_mib: int) -> Given:
    """What comes of the disks of a command. Raises Invalid, Forbidden (too many)."""
    found = Given(_placed(command.disks))
    for number, disk in enumerate(command.disks):
        found.from_volume |= disk.is_root
        if disk.source == "volume":
            _check_volume(tx, ctx, command, disk, ram_mib)
        else:
            found.made[number] = _columns(tx, ctx, disk, ram_mib)
    return found


def _placed(disks: tuple[BootDisk, ...]) -> list[tuple[BootDisk, str]]:
    """Each with its device: the root's is the first; the one that was asked for, or the next that is free."""
    asked = [disk.device[-1] for disk in disks if disk.device and not disk.is_root]
    if len(set(asked)) < len(asked) or "a" in asked:
        raise Invalid("Block Device Mapping is Invalid: a device name is there twice.", "instance", field="device")
    free = (letter for letter in LETTERS if letter not in asked)
    found = []
    for disk in disks:
        device = ROOT if disk.is_root else disk.device or next((f"vd{letter}" for letter in free), "")
        if not device:
            raise Forbidden(f"The maximum allowed number of volumes ({len(LETTERS)}) exceeded.", "instance")
        found.append((disk, device))
    return found


def _check_volume(tx: Transaction, ctx: Context, command: BootInstances, disk: BootDisk, ram_mib: int) -> None:
    volume = volumes.get(tx, disk.id, owner(ctx)) if is_uuid(disk.id) else None
    if volume is None or volume["project_id"] != ctx.project_id:
        raise Invalid(f"Block Device Mapping is Invalid: failed to get volume {disk.id[:64]}.", "volume",
                      code="not_found", value=disk.id)  # fmt: skip
    if command.max_count > 1:
        raise Invalid("Cannot attach one or more volumes to multiple instances", "volume", code="shared")
    if volume["state"] != "available":
        raise _unavailable(volume["id"], volume["state"])
    if disk.is_root and not volume["bootable"]:
        raise Invalid(f"Block Device {volume['id']} is not bootable.", "volume", code="not_bootable")
    if disk.is_root and ram_mib < int((volume["image_metadata"] or {}).get("min_ram") or 0):
        raise Invalid("Flavor's memory is too small for requested image.", "flavor", code="too_small")


def _columns(tx: Transaction, ctx: Context, disk: BootDisk, ram_mib: int) -> Row:
    """Of a volume that is made, of an image or empty."""
    row = {"size_gib": disk.size_gib, "project_id": ctx.project_id, "user_id": ctx.user_id, "zone": "",
           "name": disk.tags.get("Name", ""),
           "state": "creating", "generation": 1, "metadata": {}}  # fmt: skip
    if disk.source != "image":
        return row
    image = images.get(tx, disk.id, ctx.project_id) if is_uuid(disk.id) else None
    if image is None:
        raise Invalid(f"Block Device Mapping is Invalid: failed to get image {disk.id[:64]}.", "image",
                      code="not_found", value=disk.id)  # fmt: skip
    if ram_mib < (image["min_ram_mib"] or 0):
        raise Invalid("Flavor's memory is too small for requested image.", "flavor", code="too_small")
    return {**row, **of_image(image, disk.size_gib)}


def give(tx: Transaction, ctx: Context, starter: Starter, given: Given, instance_ids: list[str]) -> dict[str, Row]:
    """Write the volumes that are made and who gets which, and start their flows: {instance: its flow's arguments}.
    Raises Invalid when another was faster."""
    wanted: list[tuple[str, Row, int]] = []
    args: dict[str, Row] = {}
    for instance_id in instance_ids:
        mine = [_volume(tx, ctx, given, number, disk) for number, (disk, _) in enumerate(given.disks)]
        for id in sorted(mine[number] for number in range(len(mine)) if number not in given.made):
            if not volumes.move(tx, id, "attach"):  # two who want the same ask for them in the same order
                raise _unavailable(id, "attaching")
        for (disk, device), id in zip(given.disks, mine, strict=True):
            attachments.insert(tx, {
                "id": concurrency.new_id(), "volume_id": id, "instance_id": instance_id, "device": device,
                "state": attachments.ATTACHING, "project_id": ctx.project_id, "tag": disk.tag,
                "delete_on_termination": disk.delete_on_termination,
            })  # fmt: skip
        made = [mine[number] for number in given.made]
        wanted += [(id, {}, 1) for id in made]
        args[instance_id] = {"disks": True, "made": made}
    if wanted:
        starter.start_fresh(tx, ctx, "volume_create", wanted)
    return args


def _volume(tx: Transaction, ctx: Context, given: Given, number: int, disk: BootDisk) -> str:
    """The id of the volume of a disk, which is made if it has to be."""
    if number not in given.made:
        return disk.id
    row = {**given.made[number], "id": concurrency.new_id()}
    volumes.insert(tx, row)
    tags.put(tx, str(ctx.project_id), row["id"], "volume", disk.tags)
    return str(row["id"])


def _unavailable(id: str, state: str) -> Invalid:
    return Invalid(f"Invalid volume: volume '{id}' status must be 'available'. Currently in '{state}'", "volume",
                   code="state", state=state, value=id)  # fmt: skip
