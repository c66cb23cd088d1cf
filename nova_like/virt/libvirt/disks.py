"""The files of guests: root disk (a qcow2 over a cached base), config drive, and the record of what rests on what.

A file that bears its final name is whole: each is made under another name, then renamed.
"""

import os
import shutil
from pathlib import Path

from nova_like.model import ids, wire
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import Guest
from nova_like.virt.base import Base
from nova_like.virt.libvirt import qemu_img
from nova_like.virt.libvirt.settings import Files, Settings, files
from nova_like.virt.libvirt.xml import Drives

GIB = 1 << 30


class Disks:
    """`virt.base.Disks`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        settings.instances.mkdir(mode=0o700, parents=True, exist_ok=True)

    def needs_image(self, guest: Guest, anew: bool = False) -> bool:
        return guest.image is not None and (anew or not files(self._settings, guest.id).disk.exists())

    def prepare(self, guest: Guest, base: Base | None, config_drive: dict[str, bytes] | None, cause: str) -> None:
        where = files(self._settings, guest.id)
        try:
            where.directory.mkdir(mode=0o700, exist_ok=True)
            if not (guest.starts_from_volume or where.disk.exists()):
                self._make_disk(where.disk, where.base, _size(guest, base), base)
            if config_drive is not None and not where.config_drive.exists():
                self._make_config_drive(where, config_drive)
        except OSError as error:
            raise HostFailure(f"the disk could not be made: {error.strerror}", "disk", retry=True) from None

    def discard(self, instance_id: str, cause: str) -> None:
        where = files(self._settings, instance_id)
        unlink(where.disk, where.base, where.config_drive)

    def prepare_rescue(self, guest: Guest, base: Base | None, cause: str) -> None:
        where = files(self._settings, guest.id)
        if base is None or where.rescue.exists():
            return
        try:
            self._make_disk(where.rescue, where.rescue_base, base.virtual_size_bytes, base)
        except OSError as error:
            raise HostFailure(f"the disk could not be made: {error.strerror}", "disk", retry=True) from None

    def drop_rescue(self, instance_id: str, cause: str) -> None:
        where = files(self._settings, instance_id)
        unlink(where.rescue, where.rescue_base)

    def keep(self, instance_id: str, cause: str) -> None:
        where = files(self._settings, instance_id)
        try:
            if not where.kept.exists():
                where.disk.rename(where.kept)
            if not where.disk.exists():
                part = _part(where.disk)
                shutil.copyfile(where.kept, part)
                part.chmod(0o600)
                part.replace(where.disk)
        except OSError as error:
            raise HostFailure(f"the disk could not be copied: {error.strerror}", "disk", retry=True) from None

    def enlarge(self, guest: Guest, cause: str) -> None:
        where = files(self._settings, guest.id)
        if _virtual_size(where.disk) < guest.disk_gib * GIB:
            qemu_img.enlarge(where.disk, guest.disk_gib * GIB, self._settings)

    def take_back(self, instance_id: str, cause: str) -> None:
        where = files(self._settings, instance_id)
        try:
            if where.kept.exists():
                where.kept.replace(where.disk)
        except OSError as error:
            raise HostFailure(f"the disk could not be taken back: {error.strerror}", "disk", retry=True) from None

    def give_up(self, instance_id: str, cause: str) -> None:
        unlink(files(self._settings, instance_id).kept)

    def is_kept(self, instance_id: str) -> bool:
        return files(self._settings, instance_id).kept.exists()

    def remove(self, instance_id: str) -> None:
        directory = files(self._settings, instance_id).directory
        try:
            shutil.rmtree(directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise HostFailure(f"the disk could not be removed: {error.strerror}", "disk", retry=True) from None

    def instances(self) -> set[str]:
        return {name for name in os.listdir(self._settings.instances) if ids.is_uuid(name)}  # noqa: PTH208 - cheaper

    def bases(self) -> set[str]:
        all_files = [files(self._settings, id) for id in self.instances()]
        found = [read_base(record) for where in all_files for record in (where.base, where.rescue_base)]
        return {base.path for base in found if base}

    def _make_disk(self, disk: Path, record: Path, size_bytes: int, base: Base | None) -> None:
        part = _part(disk)
        if base is None:
            qemu_img.create_blank(part, size_bytes, self._settings)
        else:
            write(record, wire.encode(base))  # before the disk: a base in use is always on record
            qemu_img.create_overlay(part, base, size_bytes, self._settings)
        part.chmod(0o600)  # qemu-img makes what everybody may read
        part.replace(disk)

    def _make_config_drive(self, where: Files, tree: dict[str, bytes]) -> None:
        from nova_like.virt.libvirt import config_drive  # only those who want one pay for it

        part = _part(where.config_drive)
        config_drive.write(part, tree)
        part.replace(where.config_drive)


def drives(where: Files, settings: Settings) -> Drives:
    """What the instance's files make its drives; the files say it, so that a later start needs no image."""
    cache = settings.disk_cache
    if cache == "auto":
        cache = "none" if _takes_direct_io(where) else "writeback"
    rescue = read_base(where.rescue_base) if where.rescue.exists() else None
    return Drives(cache, read_base(where.base), where.config_drive.exists(), rescue)


def read_base(record: Path) -> Base | None:
    """What a disk rests on, as it was recorded when it was made."""
    try:
        return wire.from_wire(Base, wire.decode(record.read_bytes()))
    except (FileNotFoundError, Invalid):
        return None


def write(path: Path, data: bytes) -> None:
    """A small file, whole or not there."""
    part = _part(path)
    part.write_bytes(data)
    part.chmod(0o600)
    part.replace(path)


def unlink(*paths: Path) -> None:
    """Make files gone, in this order. Raises HostFailure."""
    try:
        for path in paths:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HostFailure(f"the disk could not be removed: {error.strerror}", "disk", retry=True) from None


def _part(path: Path) -> Path:
    part = path.with_name(f".{path.name}.part")  # one order at a time works on an instance: the name is its own
    part.unlink(missing_ok=True)
    return part


def _size(guest: Guest, base: Base | None) -> int:
    """Bytes of the root disk: the flavor's, or the image's own when the flavor says 0. Raises HostFailure."""
    virtual = base.virtual_size_bytes if base else 0
    size = guest.disk_gib * GIB or virtual
    if size < virtual:
        raise HostFailure("the image is larger than the flavor's disk", "image", retry=False)
    if not size:
        raise HostFailure("neither the flavor nor the image says how large the disk is", "disk", retry=False)
    return size


def _virtual_size(disk: Path) -> int:
    """Of a qcow2 of our own; the guest cannot write its header."""
    try:
        with disk.open("rb") as file:
            return int.from_bytes(file.read(32)[24:], "big")
    except OSError as error:
        raise HostFailure(f"the disk cannot be read: {error.strerror}", "disk", retry=True) from None


def _takes_direct_io(where: Files) -> bool:
    try:
        number = os.open(where.disk, os.O_RDONLY | os.O_DIRECT)
    except OSError:
        return False
    os.close(number)
    return True
