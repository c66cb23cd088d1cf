"""A datapath of words: every effect is a line in the world's log, which outlives the agent. No packets move.

Never keeps anything that the log does not hold; what is remembered is only a faster way to read it.
"""

from nova_like import concurrency
from nova_like.fakes import World
from nova_like.model.errors import HostFailure
from nova_like.model.orders import Plug, Port, tap_name


class FakeDatapath:
    """Many hosts; per host the ports that are plugged, as `{port id: [instance id, what was asked ...]}`.

    `delay_seconds`: how long a verb takes; `failure_rate`: share of verbs that fail before they do anything.
    """

    def __init__(self, world: World, delay_seconds: float = 0.0, failure_rate: float = 0.0) -> None:
        self._world = world
        self._delay_seconds = delay_seconds
        self._failure_rate = failure_rate
        self._hosts: dict[str, dict[str, list[str]]] = {}
        self._lock = concurrency.Lock()

    def start(self, host: str) -> None:
        self._plugged(host)

    def plug(self, host: str, plug: Plug) -> dict[str, str]:
        self._suffer()
        with self._lock:
            there = self._plugged(host)
            for port in plug.ports:
                asked, groups = _asked(plug.instance_id, port), sorted(port.group_ids)
                if there.get(port.id) != asked + groups:
                    self._world.append(host, "plug", port=port.id, instance=asked[0], asked=asked[1:], groups=groups)
                    there[port.id] = asked + groups
        return {port.id: tap_name(port.id) for port in plug.ports}

    def unplug(self, host: str, plug: Plug) -> None:
        self._suffer()
        with self._lock:
            there = self._plugged(host)
            named = [port.id for port in plug.ports] or [p for p in there if there[p][0] == plug.instance_id]
            for port_id in named:
                if port_id in there:
                    self._world.append(host, "unplug", port=port_id, instance=plug.instance_id)
                    del there[port_id]

    def ports(self, host: str) -> set[str]:
        return set(self._plugged(host))

    def instances(self, host: str) -> set[str]:
        with self._lock:
            return {asked[0] for asked in self._plugged(host).values()}

    def _suffer(self) -> None:
        if self._delay_seconds:
            concurrency.sleep(self._delay_seconds)
        if self._failure_rate and concurrency.chance().random() < self._failure_rate:
            raise HostFailure("The fake datapath failed, as it was told to.", noun="port", retry=True)

    def _plugged(self, host: str) -> dict[str, list[str]]:
        if host not in self._hosts:
            self._hosts[host] = self._replayed(host)
        return self._hosts[host]

    def _replayed(self, host: str) -> dict[str, list[str]]:
        ports: dict[str, list[str]] = {}
        for line in self._world.replay(host):
            if line["effect"] == "plug":
                ports[line["port"]] = [line["instance"], *line["asked"], *line.get("groups", ())]
            elif line["effect"] == "unplug":
                ports.pop(line["port"], None)
        return ports


def _asked(instance_id: str, port: Port) -> list[str]:
    return [instance_id, port.network.id, port.mac, *(address.address for address in port.addresses)]
