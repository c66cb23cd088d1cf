"""Block device mappings of RunInstances and of launch templates, read as the volumes that instances are to have. Looks
nothing up."""

import re
from typing import Any

from nova_like.api.ec2 import volumes
from nova_like.api.ec2.refused import Refused
from nova_like.model.commands import BootDisk

Row = dict[str, Any]
Mapping = dict[str, Any]
GIB = 1 << 30
ROOT = "a"
_DEVICE = re.compile(r"(?:/dev/)?((?:xv|v|s|h)d[a-z])\Z")
_ROOTS = re.compile(r"(?:/dev/)?(?:xv|v|s|h)da1?\Z")  # by whatever name other clouds' images call it
_KINDS = ("Ebs", "NoDevice", "VirtualName")
_PLACES = ("AvailabilityZone", "EbsCardIndex")  # of a volume beside its instance


def disks(mappings: list[Mapping], image: Row, tags: dict[str, str]) -> tuple[BootDisk, ...]:
    """A volume of the image where the root device is mapped, empty ones for other devices; all bear `tags`. Raises
    Refused."""
    by_letter = _by_letter(mappings)
    found = [_disk(letter, each, image, tags) for letter, each in by_letter.items() if "NoDevice" not in each]
    if "NoDevice" in by_letter.get(ROOT, {}):
        raise wrong(f"An instance has a root device: {by_letter[ROOT]['DeviceName'][:64]}")
    if tags and not found:
        raise Refused("InvalidParameterValue", "'volume' is not a valid taggable resource type here: none is made.")
    return tuple(found)


def laid_over(below: list[Mapping], above: list[Mapping]) -> list[Mapping]:
    """A template's mappings, with those of a request in the place of the same devices. Raises Refused."""
    return list((_by_letter(below) | _by_letter(above)).values())


def wrong(why: str) -> Refused:
    """The mappings cannot be carried out."""
    return Refused("InvalidBlockDeviceMapping", why)


def _by_letter(mappings: list[Mapping]) -> dict[str, Mapping]:
    """{the letter of its device: mapping}, in their order. Raises Refused for one that is named twice or badly."""
    found: dict[str, Mapping] = {}
    for each in mappings:
        letter = _letter(each.get("DeviceName") or "")
        if letter in found:
            raise wrong(f"The device is mapped more than once: {each['DeviceName']}")
        found[letter] = each
    return found


def _letter(name: str) -> str:
    """That of the disk that a device's name stands for, whatever bus it names."""
    if not name:
        raise wrong("Missing device name")
    if _ROOTS.match(name):
        return ROOT
    if not (match := _DEVICE.match(name)):
        raise wrong(f"Invalid device name {name[:64]}")
    return match[1][-1]


def _disk(letter: str, mapping: Mapping, image: Row, tags: dict[str, str]) -> BootDisk:
    name, said = mapping["DeviceName"], [kind for kind in _KINDS if kind in mapping]
    if said == ["VirtualName"]:
        raise Refused("UnsupportedOperation", f"There are no instance store volumes to be mapped: {name}")
    if said != ["Ebs"]:
        raise wrong(f"Exactly one of {', '.join(_KINDS)} must be provided for: {name}")
    ebs, root = mapping["Ebs"], letter == ROOT
    volumes.refuse_unsupported(ebs, _PLACES)
    size = ebs.get("VolumeSize")
    if size is None and not root:
        raise wrong(f"Either snapshot ID or volume size must be provided for: {name}")
    gib, going = _least(image) if size is None else volumes.sized(size), ebs.get("DeleteOnTermination", root)
    if root:
        return BootDisk("image", image["id"], gib, True, going, tags=tags)
    return BootDisk("blank", "", gib, False, going, name.removeprefix("/dev/"), tags=tags)


def _least(image: Row) -> int:
    """GiB that a volume of the image must have."""
    return max(1, image["min_disk_gib"] or 0, -(-(image["virtual_size_bytes"] or 0) // GIB))
