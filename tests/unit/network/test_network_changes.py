"""Filters that change by what differs: the text of a change, and that the kernel ends with the same as when all is
replaced."""

import os
import random
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.model.errors import HostFailure
from nova_like.model.orders import Address, GuestMetadata, Network, Port, Rule, Subnet
from nova_like.network.drivers.linux import antispoof, nft, traffic, wanted
from nova_like.network.drivers.linux.records import Record
from nova_like.network.drivers.linux.ruleset import Ruleset

GROUPS = [concurrency.new_id() for _ in range(3)]
RULES = [
    Rule(), Rule("egress"), Rule(protocol="tcp", port_min=22, port_max=22), Rule(remote_cidrs=("10.0.0.0/8",)),
    *(Rule(direction, remote_group=group) for group in GROUPS for direction in ("ingress", "egress")),
]  # fmt: skip
NETWORKS = [
    Network(concurrency.new_id(), "n", 1500, (Subnet(concurrency.new_id(), "10.0.0.0/16", "10.0.0.1"),)),
    Network(concurrency.new_id(), "n", 1500, (Subnet(concurrency.new_id(), "10.0.0.0/16", "10.0.0.1"),)),
    Network(concurrency.new_id(), "n", 1500, (Subnet(concurrency.new_id(), "10.7.0.0/16", "10.7.0.1"),)),
]


class Kernel:
    """What `nft` was fed; refuses as often as it is told to."""

    def __init__(self) -> None:
        self.fed: list[str] = []
        self.refusals = 0

    def run(self, argv: list[str], text: str = "") -> str:
        self.fed.append(text)
        if self.refusals:
            self.refusals -= 1
            raise HostFailure("refused")
        return ""


def _record(last: int, *rules: Rule, network: int = 0, group_ids: Any = (), secure: bool = True) -> Record:
    net = NETWORKS[network]
    address = Address(net.subnets[0].id, f"{net.subnets[0].cidr[:5]}0.{last}")
    port = Port(
        concurrency.new_id(), f"02:16:3e:00:00:{last:02x}", net, (address,), rules, (), secure, tuple(group_ids)
    )
    return Record(port, GuestMetadata(concurrency.new_id(), "p", "n", "h"))


def _tables(*records: Record) -> list[nft.Table]:
    networks = wanted.networks(records)
    return [traffic.table(networks, "eth0"), antispoof.table(networks)]


def test_one_more_port_says_nothing_of_the_others() -> None:
    kernel = Kernel()
    ruleset = Ruleset(kernel)  # type: ignore[arg-type]
    records = [_record(last, *RULES, group_ids=GROUPS) for last in range(2, 60)]
    ruleset.change(_tables(*records[:-1]))
    ruleset.change(_tables(*records))
    whole, change = kernel.fed
    assert "delete table ip nova_like" in whole and "delete" not in change and "flush" not in change
    assert set(re.findall(r"10\.0\.0\.\d\d", change)) == {"10.0.0.59"}
    ruleset.change(_tables(*records))
    assert len(kernel.fed) == 2  # nothing differs, nothing runs
    ruleset.change(_tables(*records[:-1]))
    assert set(re.findall(r"10\.0\.0\.\d\d", kernel.fed[-1])) == {"10.0.0.59"}
    assert "delete table" not in kernel.fed[-1]


def test_a_refused_change_and_an_unknown_state_are_replaced() -> None:
    kernel = Kernel()
    ruleset = Ruleset(kernel)  # type: ignore[arg-type]
    one, two, three = (_tables(*(_record(n) for n in range(2, end))) for end in (3, 4, 5))
    ruleset.change(one)
    kernel.refusals = 1
    ruleset.change(two)
    assert ["delete table" in text for text in kernel.fed] == [True, False, True]
    kernel.refusals = 2
    with pytest.raises(HostFailure):
        ruleset.change(three)
    ruleset.change(three)
    assert "delete table ip nova_like" in kernel.fed[-1]


def test_the_first_and_the_last_port_replace() -> None:
    full, empty = _tables(_record(2)), _tables()
    for old, new in zip((*full, *empty), (*empty, *full), strict=True):
        assert nft.changes(old, new) is None
    assert [table.text().count("{") for table in empty] == [1, 1]


@pytest.fixture
def namespace() -> Iterator[str]:
    if os.geteuid() or subprocess.run(["nft", "--version"], capture_output=True).returncode:
        pytest.skip("needs root and nft")
    name = "nlt" + concurrency.new_id()[:8]
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "del", name], check=True)


class Namespaced:
    """Commands in a namespace; counts those that replaced."""

    def __init__(self, namespace: str) -> None:
        self.prefix = ["ip", "netns", "exec", namespace]
        self.whole = self.refused = 0

    def run(self, argv: list[str], text: str = "") -> str:
        self.whole += "delete table" in text
        done = subprocess.run([*self.prefix, *argv], input=text, capture_output=True, text=True)
        self.refused += done.returncode != 0
        if done.returncode:
            raise HostFailure(done.stderr)
        return done.stdout


def _listed(commands: Namespaced) -> list[str]:
    """The kernel's ruleset with everything in an order of its own."""
    text = commands.run(["nft", "list", "ruleset"])
    text = re.sub(r",\s*", ", ", text)
    blocks = re.findall(r"^\t(?:set|map|chain) .*?^\t}", text, re.M | re.S)
    return sorted(_sorted_elements(block) for block in blocks)


def _sorted_elements(block: str) -> str:
    def ordered(match: re.Match) -> str:
        return ", ".join(sorted(match[1].split(", ")))

    return re.sub(r"elements = \{ (.*?) \}", ordered, block, flags=re.S)


def _changed(chance: random.Random, records: list[Record]) -> list[Record]:
    kept = [record for record in records if chance.random() < 0.8]
    for _ in range(chance.randrange(4)):
        rules = chance.sample(RULES, chance.randrange(5))
        groups = chance.sample(GROUPS, chance.randrange(3))
        last = chance.randrange(2, 30)
        kept.append(_record(last, *rules, network=chance.randrange(3), group_ids=groups, secure=chance.random() < 0.8))
    return kept


def test_the_kernel_ends_as_if_all_had_been_replaced(namespace: str) -> None:
    commands, chance = Namespaced(namespace), random.Random(7)
    ruleset, records = Ruleset(commands), [_record(2, *RULES)]  # type: ignore[arg-type]
    changed = 0
    for _ in range(25):
        records = _changed(chance, records)
        tables = _tables(*records)
        commands.whole = 0
        ruleset.change(tables)
        changed += not commands.whole
        found = _listed(commands)
        ruleset.replace(tables)
        assert _listed(commands) == found
    assert changed > 10 and commands.refused == 0
