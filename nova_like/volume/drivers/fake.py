"""A back end of words: every effect is a line in the world's log, which outlives the agent. No bytes are kept."""

from collections.abc import Callable

from nova_like import concurrency
from nova_like.fakes import World
from nova_like.model.errors import Conflict, HostFailure, NotFound
from nova_like.model.orders import Capacity, Connection, Export, ImageLink, Volume

ADDRESS, PORT = "192.0.2.1", 10809


class FakeBackend:
    """Many hosts; per host the volumes that exist, as `{volume id: GiB}`, and their exports.

    `delay_seconds`: how long a verb takes; `failure_rate`: share of verbs that fail before they do anything.
    """

    def __init__(
        self, world: World, disk_gib: int = 1_000_000, delay_seconds: float = 0.0, failure_rate: float = 0.0
    ) -> None:
        self._world = world
        self._delay_seconds = delay_seconds
        self._failure_rate = failure_rate
        self._disk_gib = disk_gib
        self._hosts: dict[str, dict[str, int]] = {}
        self._exports: dict[str, dict[str, tuple[str, str]]] = {}  # by host: {volume: attachment, name}
        self._lock = concurrency.Lock()

    def start(self, host: str) -> None:
        self._there(host)

    def create(self, host: str, volume: Volume) -> None:
        self._make(host, volume)

    def fill(self, host: str, volume: Volume, image: ImageLink, cancelled: Callable[[], bool]) -> None:
        if cancelled():
            raise Conflict("filling the volume was called off", "volume", code="cancelled")
        self._make(host, volume, image=image.id)

    def _make(self, host: str, volume: Volume, **more: str) -> None:
        self._suffer()
        with self._lock:
            there = self._there(host)
            size = there.get(volume.id)
            if size is None:
                self._world.append(host, "create", volume=volume.id, size_gib=volume.size_gib, **more)
                there[volume.id] = volume.size_gib
            elif size != volume.size_gib:
                raise Conflict(f"The volume exists with {size} GiB.", noun="volume", code="state")

    def delete(self, host: str, volume: Volume) -> None:
        self._suffer()
        with self._lock:
            there = self._there(host)
            self._close(host, volume.id)
            if volume.id in there:
                self._world.append(host, "delete", volume=volume.id)
                del there[volume.id]

    def export(self, host: str, export: Export) -> Connection:
        self._suffer()
        id = export.volume.id
        with self._lock:
            if id not in self._there(host):
                raise NotFound("volume", id)
            open = self._exports[host].get(id)
            if open is None or open[0] != export.attachment_id:
                self._close(host, id)
                open = (export.attachment_id, concurrency.secret())
                self._world.append(host, "export", volume=id, attachment=open[0], name=open[1])
                self._exports[host][id] = open
        return Connection(ADDRESS, PORT, open[1])

    def unexport(self, host: str, export: Export) -> None:
        self._suffer()
        with self._lock:
            self._there(host)
            if self._exports[host].get(export.volume.id, ("",))[0] == export.attachment_id:
                self._close(host, export.volume.id)

    def _close(self, host: str, volume_id: str) -> None:
        if volume_id in self._exports[host]:
            self._world.append(host, "unexport", volume=volume_id)
            del self._exports[host][volume_id]

    def exports(self, host: str) -> dict[str, str]:
        self._there(host)
        return {volume: attachment for volume, (attachment, _) in self._exports[host].items()}

    def keep(self, host: str) -> None:
        """Words do not fall over."""

    def volumes(self, host: str) -> set[str]:
        return set(self._there(host))

    def capacity(self, host: str) -> Capacity:
        return Capacity(disk_gib=self._disk_gib)

    def _suffer(self) -> None:
        if self._delay_seconds:
            concurrency.sleep(self._delay_seconds)
        if self._failure_rate and concurrency.chance().random() < self._failure_rate:
            raise HostFailure("The fake back end failed, as it was told to.", noun="volume", retry=True)

    def _there(self, host: str) -> dict[str, int]:
        if host not in self._hosts:
            self._hosts[host] = self._replayed(host)
        return self._hosts[host]

    def _replayed(self, host: str) -> dict[str, int]:
        volumes: dict[str, int] = {}
        exports = self._exports.setdefault(host, {})
        for line in self._world.replay(host):
            id = line["volume"]
            if line["effect"] == "create":
                volumes[id] = line["size_gib"]
            elif line["effect"] == "delete":
                volumes.pop(id, None)
            elif line["effect"] == "export":
                exports[id] = (line["attachment"], line["name"])
            elif line["effect"] == "unexport":
                exports.pop(id, None)
        return volumes
