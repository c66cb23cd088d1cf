"""A back end of words: every effect is a line in the world's log, which outlives the agent. No bytes are kept."""

from nova_like import concurrency
from nova_like.fakes import World
from nova_like.model.errors import Conflict, HostFailure
from nova_like.model.orders import Capacity, Volume


class FakeBackend:
    """Many hosts; per host the volumes that exist, as `{volume id: GiB}`.

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
        self._lock = concurrency.Lock()

    def start(self, host: str) -> None:
        self._there(host)

    def create(self, host: str, volume: Volume) -> None:
        self._suffer()
        with self._lock:
            there = self._there(host)
            size = there.get(volume.id)
            if size is None:
                self._world.append(host, "create", volume=volume.id, size_gib=volume.size_gib)
                there[volume.id] = volume.size_gib
            elif size != volume.size_gib:
                raise Conflict(f"The volume exists with {size} GiB.", noun="volume", code="state")

    def delete(self, host: str, volume: Volume) -> None:
        self._suffer()
        with self._lock:
            there = self._there(host)
            if volume.id in there:
                self._world.append(host, "delete", volume=volume.id)
                del there[volume.id]

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
        for line in self._world.replay(host):
            if line["effect"] == "create":
                volumes[line["volume"]] = line["size_gib"]
            elif line["effect"] == "delete":
                volumes.pop(line["volume"], None)
        return volumes
