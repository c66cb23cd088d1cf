"""QEMU guests through libvirt, split by artefact. `make` is the one entry."""

from collections.abc import Callable

from nova_like import concurrency
from nova_like.virt.base import Hypervisor
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.console import Console
from nova_like.virt.libvirt.copies import Copies
from nova_like.virt.libvirt.disks import Disks
from nova_like.virt.libvirt.facts import Facts
from nova_like.virt.libvirt.inside import Inside
from nova_like.virt.libvirt.nics import Nics
from nova_like.virt.libvirt.notes import Notes
from nova_like.virt.libvirt.power import Power
from nova_like.virt.libvirt.settings import Settings
from nova_like.virt.libvirt.volumes import Volumes


def make(name: str, settings: Settings, changed: Callable[[], None]) -> tuple[Hypervisor, Callable[[], None]]:
    """This host, connected or about to be, and what closes it. `changed` is called when a guest's power may differ."""
    connection = Connection(settings.uri, changed)
    disks, console, stop = Disks(settings), Console(connection, settings), concurrency.Event()
    connection.start()
    concurrency.spawn(console.keep_short, disks, stop, name="console-logs")

    def close() -> None:
        stop.set()
        connection.close()

    notes, copies, facts = Notes(settings), Copies(connection, settings), Facts(name, connection, settings)
    power, volumes = Power(connection, settings), Volumes(connection)
    inside = Inside(connection)
    return Hypervisor(name, power, disks, Nics(), console, notes, copies, volumes, facts, inside), close
