"""Copies of guests' root disks: by libvirt's push backup while a guest runs, by qemu-img when it does not.

Both give a qcow2 that rests on nothing; every format is named. The guest is never stopped, nor its disk changed.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, SubElement, tostring

import libvirt

from nova_like import concurrency, logs
from nova_like.images import converting
from nova_like.model.errors import Conflict, HostFailure, Invalid, NotFound
from nova_like.virt.libvirt import disks, flattening, qemu_img
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.power import find, is_up
from nova_like.virt.libvirt.settings import Files, Settings, files

LOG = logs.get(__name__)
LOOK_SECONDS = 0.2
_CAUSE = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_NAME = "copy-"


class Copies:
    """`virt.base.Copies`."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings
        self._limits = converting.Limits(settings.convert_seconds, settings.qemu_img_memory_mib)

    def make(self, instance_id: str, cause: str, cancelled: Callable[[], bool]) -> None:
        where = files(self._settings, instance_id)
        target = _path(where, cause)
        if target.exists():
            return
        if not where.disk.exists():
            raise NotFound("instance", instance_id)
        self.drop(instance_id)
        part = target.with_name(f".{target.name}.part")
        try:
            self._copy(instance_id, where, part, cancelled)
            _settle(part, target)
        except OSError as error:
            raise HostFailure(f"the disk could not be copied: {error.strerror}", "disk", retry=True) from None
        finally:
            part.unlink(missing_ok=True)

    def open(self, instance_id: str, cause: str) -> BinaryIO:
        try:
            return _path(files(self._settings, instance_id), cause).open("rb")
        except FileNotFoundError:
            raise NotFound("copy", cause) from None

    def drop(self, instance_id: str) -> None:
        self._connection.run("end the copying", lambda conn: _abort(find(conn, instance_id)))
        where = files(self._settings, instance_id)
        disks.unlink(*where.directory.glob(f"{_NAME}*"), *where.directory.glob(f".{_NAME}*"))

    def _copy(self, instance_id: str, where: Files, part: Path, cancelled: Callable[[], bool]) -> None:
        size = qemu_img.virtual_size(where.disk)
        if self._connection.run("begin to copy the disk", lambda conn: _begin(find(conn, instance_id), part)):
            self._wait(instance_id, cancelled)
            converting.check(part, size)
        else:
            base = disks.read_base(where.base)
            flattening.flatten(where.disk, base, part, size, self._limits, cancelled)

    def _wait(self, instance_id: str, cancelled: Callable[[], bool]) -> None:
        """Until the backup is over. Raises HostFailure, Conflict; it does not go on then."""
        deadline = concurrency.monotonic() + self._limits.seconds
        end = None
        while end is None:
            self._check(instance_id, deadline, cancelled)
            end = self._connection.run("look at the copying", lambda conn: _end(find(conn, instance_id)))
            concurrency.sleep(LOOK_SECONDS if end is None else 0.0)
        if not end:
            raise HostFailure("the disk could not be copied", "disk", retry=True)

    def _check(self, instance_id: str, deadline: float, cancelled: Callable[[], bool]) -> None:
        """Even a copy that is whole by now is given up, when nobody wants it."""
        late, unwanted = concurrency.monotonic() > deadline, cancelled()
        if late or unwanted:
            self._connection.run("end the copying", lambda conn: _abort(find(conn, instance_id)))
        if unwanted:
            raise Conflict("copying the disk was called off", "instance", code="cancelled")
        if late:
            raise HostFailure("copying the disk took too long", "disk", retry=False)


def _begin(domain: Any, part: Path) -> bool:
    """Whether the guest runs, and its disk is being copied now. What an earlier agent began is given up."""
    if domain is None or not is_up(domain):
        return False
    _abort(domain)
    part.unlink(missing_ok=True)
    backup = Element("domainbackup", mode="push")
    disk = SubElement(SubElement(backup, "disks"), "disk", name="vda", type="file", backup="yes")
    SubElement(disk, "target", file=str(part))
    SubElement(disk, "driver", type="qcow2")
    domain.backupBegin(tostring(backup, encoding="unicode"), None, 0)
    return True


def _abort(domain: Any) -> None:
    """End what is being copied of a guest, if anything is."""
    while domain is not None and domain.isActive() and _busy(domain):
        try:
            domain.abortJob()
        except libvirt.libvirtError:
            if domain.isActive() and _busy(domain):
                raise
        concurrency.sleep(0.02)


def _busy(domain: Any) -> bool:
    stats = domain.jobStats()
    return bool(stats.get("operation") == libvirt.VIR_DOMAIN_JOB_OPERATION_BACKUP)


def _end(domain: Any) -> bool | None:
    """None while it is being copied; then whether all of it was."""
    if domain is None or not domain.isActive():
        return False
    if _busy(domain):
        return None
    found = domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED | libvirt.VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED)
    done = (found.get("operation"), found.get("type"))
    if done != (libvirt.VIR_DOMAIN_JOB_OPERATION_BACKUP, libvirt.VIR_DOMAIN_JOB_COMPLETED):
        LOG.warning("copying the disk of %s failed: %s", domain.name(), found.get("errmsg") or found)
        return False
    return True


def _path(where: Files, cause: str) -> Path:
    if not _CAUSE.match(cause):
        raise Invalid("a malformed flow id", noun="instance", code="malformed")
    return where.directory / f"{_NAME}{cause}"


def _settle(part: Path, target: Path) -> None:
    """Private, on the disk, and under its name only then."""
    part.chmod(0o600)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
