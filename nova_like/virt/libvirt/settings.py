"""What the libvirt parts need to know of their host: plain values, made from the configuration in `compute`."""

from dataclasses import dataclass
from pathlib import Path

from nova_like.model import ids
from nova_like.model.errors import Invalid


@dataclass(frozen=True)
class Settings:
    """Paths are absolute; sizes carry their unit."""

    instances: Path
    uri: str = "qemu:///system"
    virt_type: str = "qemu"
    machine: str = "pc"
    cpu_mode: str = "none"
    emulator: str = "/usr/bin/qemu-system-x86_64"
    tb_cache_mib: int = 32
    disk_cache: str = "auto"
    vnc: bool = True
    qemu_img_seconds: int = 120
    qemu_img_memory_mib: int = 1024
    convert_seconds: int = 1800
    reserved_ram_mib: int = 0
    reserved_disk_gib: int = 0


@dataclass(frozen=True)
class Files:
    """Where the files of one instance are."""

    directory: Path

    @property
    def disk(self) -> Path:
        return self.directory / "disk"

    @property
    def base(self) -> Path:
        """A small record of what the disk rests on."""
        return self.directory / "base.json"

    @property
    def rescue(self) -> Path:
        """The disk that the guest is being rescued with."""
        return self.directory / "rescue"

    @property
    def rescue_base(self) -> Path:
        return self.directory / "rescue-base.json"

    @property
    def kept(self) -> Path:
        """The disk as it was before the guest got another size."""
        return self.directory / "kept"

    @property
    def config_drive(self) -> Path:
        return self.directory / "config-drive.iso"

    @property
    def console(self) -> Path:
        return self.directory / "console.log"

    @property
    def notes(self) -> Path:
        return self.directory / "notes.json"


def files(settings: Settings, instance_id: str) -> Files:
    """The files of an instance. Raises Invalid unless the id is a UUID: nothing else ever becomes a path."""
    if not ids.is_uuid(instance_id):
        raise Invalid("a malformed instance id", noun="instance", code="malformed")
    return Files(settings.instances / instance_id)
