"""What the host is and has. Memory and processors are the kernel's word: libvirt is wrong where memory is hot-added."""

import os
from typing import Any

from nova_like.model.errors import Fault
from nova_like.model.orders import Capacity
from nova_like.virt import machine
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.settings import Settings


class Facts:
    """`virt.base.Facts`."""

    def __init__(self, name: str, connection: Connection, settings: Settings) -> None:
        self._name, self._connection, self._settings = name, connection, settings
        self._version = 0
        self._booted_at = machine.booted_at()  # asked once: the kernel's word wavers by a second

    def capacity(self) -> Capacity:
        space = os.statvfs(self._settings.instances)
        disk_gib = (space.f_blocks * space.f_frsize >> 30) - self._settings.reserved_disk_gib
        ram_mib = memory_mib() - self._settings.reserved_ram_mib
        return Capacity(os.cpu_count() or 1, max(ram_mib, 0), max(disk_gib, 0))

    def facts(self) -> dict[str, Any]:
        """The version is QEMU's as libvirt writes it: major * 1000000 + minor * 1000 + release."""
        return {
            "hypervisor_type": "QEMU",
            "hypervisor_version": self._qemu_version(),
            "hypervisor_hostname": self._name,
            "booted_at": self._booted_at,
            "hypervisor_up": self._connection.is_open(),
            "cpu_info": {"arch": os.uname().machine, "model": _cpu_model(), "topology": {"cores": os.cpu_count() or 1}},
        }

    def _qemu_version(self) -> int:
        if not self._version:
            try:
                self._version = self._connection.run("ask for its version", lambda conn: conn.getVersion(), patience=0)
            except Fault:
                return 0  # libvirtd is away; the next report may know
        return self._version


def memory_mib() -> int:
    """The machine's memory."""
    with open("/proc/meminfo") as lines:
        for line in lines:
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) >> 10
    return 0


def _cpu_model() -> str:
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return ""
