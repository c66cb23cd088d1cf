"""The small record kept in an instance's directory: what must be remembered of it beyond the agent's life."""

from typing import Any

from nova_like.model import wire
from nova_like.model.errors import HostFailure, Invalid
from nova_like.virt.libvirt import disks
from nova_like.virt.libvirt.settings import Settings, files


class Notes:
    """`virt.base.Notes`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, instance_id: str) -> dict[str, Any]:
        path = files(self._settings, instance_id).notes
        try:
            return dict(wire.decode(path.read_bytes()))
        except (FileNotFoundError, Invalid):
            return {}

    def write(self, instance_id: str, note: dict[str, Any]) -> None:
        try:
            disks.write(files(self._settings, instance_id).notes, wire.encode(note))
        except OSError as error:
            raise HostFailure(f"a note cannot be kept: {error.strerror}", "instance", retry=True) from None
