"""Volumes of fake guests: which they have, by which export. No bytes are read or written."""

from nova_like.model.orders import Guest
from nova_like.virt.fake.host import Host


def exports(guest: Guest) -> dict[str, str]:
    """{volume id: the name of the export} of those that it is to have."""
    return {volume.id: volume.connection.name for volume in guest.volumes}


class Volumes:
    """`virt.base.Volumes`; a fake guest lets go at once."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def fit(self, guest: Guest, cause: str) -> bool:
        record, wanted = self._host.get(guest.id), exports(guest)
        if record.power is None:
            return True
        for id, name in list(record.volumes.items()):
            if wanted.get(id) != name:
                self._host.act("detach", guest.id, cause, volume=id)
        for id, name in wanted.items():
            if id not in record.volumes:
                self._host.act("attach", guest.id, cause, volume=id, export=name)
        return True

    def fits(self, guest: Guest) -> bool:
        record = self._host.get(guest.id)
        return record.power is None or record.volumes == exports(guest)
