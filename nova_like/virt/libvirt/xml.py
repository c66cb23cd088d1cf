"""The domain XML of a guest. A tree is built, never text: no name or text of a user gets in, ids and numbers only.

Format: libvirt's formatdomain. Every disk format and backing format is explicit, so that nothing is ever probed.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from nova_like.model.orders import Guest, GuestVolume, Port, tap_name
from nova_like.virt.base import Base
from nova_like.virt.libvirt.settings import Files, Settings

NAMESPACE = "urn:nova-like:run:1"
PREFIX = "instance-"
RECONNECT_SECONDS = 300  # that a guest's writes wait for a back end that is being restarted


@dataclass(frozen=True)
class Drives:
    """What the guest's drives are: cache mode of its disks, what the root disk rests on, whether there is a config
    drive, and what the disk rests on that it is being rescued with."""

    cache: str
    base: Base | None
    config_drive: bool
    rescue: Base | None = None


def domain_name(instance_id: str) -> str:
    return PREFIX + instance_id


def domain(guest: Guest, files: Files, drives: Drives, settings: Settings) -> str:
    """The definition of the guest."""
    root = Element("domain", type=settings.virt_type)
    _text(root, "name", domain_name(guest.id))
    _text(root, "uuid", guest.id)
    _text(root, "memory", str(guest.ram_mib), unit="MiB")
    _text(root, "vcpu", str(guest.vcpus))
    _system(root, guest, settings)
    for tag, action in (("on_poweroff", "destroy"), ("on_reboot", "restart"), ("on_crash", "destroy")):
        _text(root, tag, action)
    devices = SubElement(root, "devices")
    _text(devices, "emulator", settings.emulator)
    if drives.rescue:
        _disk(devices, str(files.rescue), "vda", drives.cache, drives.rescue)
    if not guest.starts_from_volume:  # whose first disk has the same name
        _disk(devices, str(files.disk), _second(guest) if drives.rescue else "vda", drives.cache, drives.base)
    if drives.config_drive:
        _config_drive(devices, files, settings)
    devices.extend(volume_disk(volume) for volume in guest.volumes)
    for port in guest.ports:
        _nic(devices, port)
    _console(devices, files)
    _display(devices, settings)
    _paravirtual(devices)
    if guest.agent:
        _agent(devices)
    return tostring(root, encoding="unicode")


def _text(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element


def _system(root: Element, guest: Guest, settings: Settings) -> None:
    information = SubElement(root, "sysinfo", type="smbios")
    system = SubElement(information, "system")
    _text(system, "entry", "nova_like", name="manufacturer")
    _text(system, "entry", "OpenStack Compute", name="product")  # by this guests' cloud-init knows where it is
    _text(system, "entry", guest.id, name="serial")
    _text(system, "entry", guest.id, name="uuid")
    os = SubElement(root, "os")
    _text(os, "type", "hvm", arch="x86_64", machine=settings.machine)
    SubElement(os, "boot", dev="hd")
    SubElement(os, "smbios", mode="sysinfo")
    features = SubElement(root, "features")
    SubElement(features, "acpi")
    SubElement(features, "apic")
    if settings.virt_type == "qemu" and settings.tb_cache_mib:
        _text(SubElement(features, "tcg"), "tb-cache", str(settings.tb_cache_mib), unit="MiB")
    if settings.cpu_mode != "none":
        SubElement(root, "cpu", mode=settings.cpu_mode)
    SubElement(root, "clock", offset="utc")


def _disk(devices: Element, path: str, device: str, cache: str, base: Base | None) -> None:
    disk = SubElement(devices, "disk", type="file", device="disk")
    SubElement(disk, "driver", name="qemu", type="qcow2", cache=cache, discard="unmap")
    SubElement(disk, "source", file=path)
    end = disk
    if base:
        end = SubElement(disk, "backingStore", type="file")
        SubElement(end, "format", type=base.disk_format)
        SubElement(end, "source", file=base.path)
    SubElement(end, "backingStore")  # empty: the chain ends here, whatever the file says
    SubElement(disk, "target", dev=device, bus="virtio")


def _second(guest: Guest) -> str:
    """The first name that no volume has, for the guest's own disk while it is being rescued."""
    taken = {volume.device for volume in guest.volumes}
    return next(name for name in (f"vd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz") if name not in taken)


def volume_disk(volume: GuestVolume) -> Element:
    """A volume, as a network disk of QEMU's own NBD client; named raw, so that what a guest wrote to it is never
    probed. Its serial is its id."""
    disk = Element("disk", type="network", device="disk")
    SubElement(disk, "driver", name="qemu", type="raw", cache="none", discard="unmap")
    source = SubElement(disk, "source", protocol="nbd", name=volume.connection.name)
    SubElement(source, "host", name=volume.connection.address, port=str(volume.connection.port))
    SubElement(source, "reconnect", delay=str(RECONNECT_SECONDS))
    SubElement(disk, "target", dev=volume.device, bus="virtio")
    _text(disk, "serial", volume.id)
    return disk


def _config_drive(devices: Element, files: Files, settings: Settings) -> None:
    ide = settings.machine == "pc" or settings.machine.startswith("pc-i440fx")
    disk = SubElement(devices, "disk", type="file", device="cdrom")
    SubElement(disk, "driver", name="qemu", type="raw")
    SubElement(disk, "source", file=str(files.config_drive))
    SubElement(disk, "backingStore")
    SubElement(disk, "target", dev="hda" if ide else "sda", bus="ide" if ide else "sata")
    SubElement(disk, "readonly")


def _nic(devices: Element, port: Port) -> None:
    nic = SubElement(devices, "interface", type="ethernet")
    SubElement(nic, "mac", address=port.mac)
    SubElement(nic, "target", dev=tap_name(port.id), managed="no")
    SubElement(nic, "model", type="virtio")
    SubElement(nic, "alias", name=f"ua-{port.id}")


def _console(devices: Element, files: Files) -> None:
    serial = SubElement(devices, "serial", type="pty")
    # Appending lets the agent cut the log's length while QEMU writes it
    SubElement(serial, "log", file=str(files.console), append="on")
    SubElement(serial, "target", port="0")


def _display(devices: Element, settings: Settings) -> None:
    if settings.vnc:
        display = SubElement(devices, "graphics", type="vnc")
        SubElement(display, "listen", type="none")  # QEMU is handed a socket for each viewer instead
        SubElement(SubElement(devices, "video"), "model", type="vga", vram="16384")
    else:
        SubElement(SubElement(devices, "video"), "model", type="none")


def _agent(devices: Element) -> None:
    line = SubElement(devices, "channel", type="unix")
    SubElement(line, "target", type="virtio", name="org.qemu.guest_agent.0")


def _paravirtual(devices: Element) -> None:
    SubElement(devices, "memballoon", model="virtio")
    rng = SubElement(devices, "rng", model="virtio")
    _text(rng, "backend", "/dev/urandom", model="random")
