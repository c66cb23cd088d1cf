"""What every network driver does alike. The linux driver runs the same suite in tests/integration."""

from pathlib import Path
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.fakes import World
from nova_like.model.orders import Address, GuestMetadata, Network, Plug, Port, Rule, Subnet, tap_name
from nova_like.network.drivers.fake import FakeDatapath

HOST = "host-1"


def network(cidr: str = "10.99.1.0/24", gateway: str = "10.99.1.1") -> Network:
    return Network(concurrency.new_id(), "net", 1450, (Subnet(concurrency.new_id(), cidr, gateway, ("192.0.2.53",)),))


def plug(net: Network, *last: int, rules: tuple[Rule, ...] = (), group_ids: tuple[str, ...] = ()) -> Plug:
    """A guest with one port for each last byte of an address."""
    subnet = net.subnets[0]
    base = subnet.cidr.rpartition(".")[0]
    ports = tuple(
        Port(
            concurrency.new_id(),
            f"02:16:3e:00:01:{number:02x}",
            net,
            (Address(subnet.id, f"{base}.{number}"),),
            rules,
            ("default",),
            group_ids=group_ids,
        )
        for number in last
    )
    instance = concurrency.new_id()
    return Plug(instance, ports, GuestMetadata(instance, concurrency.new_id(), "guest", f"guest-{last[0]}"))


class NetworkContract:
    """Needs fixtures `make` (a fresh driver over the same world) and `driver` (a started one)."""

    def test_plug_and_unplug_may_be_repeated(self, driver: Any) -> None:
        order = plug(network(), 11, 12)
        taps = driver.plug(HOST, order)
        assert taps == {port.id: tap_name(port.id) for port in order.ports}
        assert driver.plug(HOST, order) == taps
        assert driver.ports(HOST) == set(taps)
        driver.unplug(HOST, order)
        driver.unplug(HOST, order)
        assert driver.ports(HOST) == set()

    def test_unplug_of_what_never_was_is_success(self, driver: Any) -> None:
        driver.unplug(HOST, plug(network(), 11))
        assert driver.ports(HOST) == set()

    def test_unplug_without_ports_means_all_of_the_instance(self, make: Any, driver: Any) -> None:
        net = network()
        mine, other = plug(net, 11, 12), plug(net, 13)
        driver.plug(HOST, mine)
        driver.plug(HOST, other)
        again = make()
        again.start(HOST)
        again.unplug(HOST, Plug(mine.instance_id, (), mine.metadata))
        assert again.ports(HOST) == {other.ports[0].id}

    def test_ports_outlive_the_agent(self, make: Any, driver: Any) -> None:
        net = network()
        kept, gone = plug(net, 11), plug(net, 12)
        driver.plug(HOST, kept)
        driver.plug(HOST, gone)
        driver.unplug(HOST, gone)
        again = make()
        again.start(HOST)
        assert again.ports(HOST) == {kept.ports[0].id}
        again.unplug(HOST, kept)
        assert again.ports(HOST) == set()


class TestFake(NetworkContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Any:
        return lambda: FakeDatapath(World(tmp_path, "network"))

    @pytest.fixture
    def driver(self, make: Any) -> Any:
        driver = make()
        driver.start(HOST)
        return driver

    def test_the_log_holds_each_effect_once(self, driver: Any, tmp_path: Path) -> None:
        order = plug(network(), 11)
        for _ in range(3):
            driver.plug(HOST, order)
        driver.unplug(HOST, order)
        effects = [line["effect"] for line in World(tmp_path, "network").replay(HOST)]
        assert effects == ["plug", "unplug"]
