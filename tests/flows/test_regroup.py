"""Security groups of a server that runs: what its host was told last is what the rows say, whenever minds change."""

import pytest

from nova_like import concurrency
from nova_like.db import port_orders, security_groups
from nova_like.fakes import World
from nova_like.flows import start
from nova_like.model.errors import Conflict
from nova_like.services.memberships import Memberships
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import Allowing, instances


@pytest.fixture
def cloud(cloud):
    for name in ("web", "db"):
        row = {"id": name.ljust(36, "0"), "project_id": CTX.project_id, "name": name}
        cloud.database.transact(lambda tx, row=row: security_groups.insert(tx, row))
    return cloud


def memberships(cloud: LittleCloud) -> Memberships:
    return Memberships(cloud.database, Allowing(), cloud.starter)


def wanted(cloud: LittleCloud, id: str) -> list[list[str]]:
    """The groups of each port, by the rows."""
    return [sorted(port.group_ids) for port in cloud.database.read(lambda tx: port_orders.orders(tx, id))]


def told(cloud: LittleCloud, id: str) -> list[list[str]]:
    """The same as the host was told last."""
    lines = World(cloud.path / "world", "network").replay(cloud.row("instances", id)["host"])
    last = {line["port"]: line["groups"] for line in lines if line["effect"] == "plug" and line["instance"] == id}
    return list(last.values())


def test_the_host_is_told(cloud, id):
    assert told(cloud, id) == wanted(cloud, id)
    memberships(cloud).add(CTX, id, "web")
    assert cloud.settle()
    assert told(cloud, id) == wanted(cloud, id) and len(told(cloud, id)[0]) == 2
    memberships(cloud).replace(CTX, id, ["db"])
    assert cloud.settle()
    assert told(cloud, id) == wanted(cloud, id) == [["db".ljust(36, "0")]]
    assert cloud.row("instances", id)["state"] == "active" and cloud.wrongs() == []


@pytest.mark.parametrize("rounds", range(5))
def test_a_change_of_mind_takes_over(cloud, id, rounds):
    memberships(cloud).add(CTX, id, "web")
    cloud.settle(rounds=rounds)
    memberships(cloud).remove(CTX, id, "web")
    memberships(cloud).add(CTX, id, "db")
    assert cloud.settle()
    assert told(cloud, id) == wanted(cloud, id)
    assert "db".ljust(36, "0") in told(cloud, id)[0] and "web".ljust(36, "0") not in told(cloud, id)[0]
    assert cloud.row("instances", id)["state"] == "active" and cloud.wrongs() == []


@pytest.mark.parametrize("rounds", range(4))
def test_a_delete_ends_it(cloud, id, rounds):
    memberships(cloud).add(CTX, id, "web")
    memberships(cloud).add(CTX, id, "db")
    cloud.settle(rounds=rounds)
    instances(cloud).delete(CTX, id)
    with pytest.raises(Conflict):
        memberships(cloud).remove(CTX, id, "web")
    assert cloud.settle()
    assert cloud.row("instances", id)["state"] == "deleted" and cloud.wrongs() == []


def test_nothing_is_told_while_something_else_is_done(cloud, id):
    instances(cloud).reboot(CTX, id)
    with pytest.raises(Conflict):
        memberships(cloud).add(CTX, id, "web")
    assert cloud.settle()
    assert told(cloud, id) == wanted(cloud, id) and len(told(cloud, id)[0]) == 1


def test_what_is_asked_next_waits_until_the_host_is_told(cloud, id, monkeypatch):
    """Clients reboot a server right after they added a group: nothing tells them to wait."""
    memberships(cloud).add(CTX, id, "web")
    waits = []

    def settle(seconds):
        waits.append(seconds)
        assert cloud.settle()

    monkeypatch.setattr(concurrency, "sleep", settle)
    instances(cloud).reboot(CTX, id)
    assert len(waits) == 1 and cloud.row("instances", id)["state"] == "active"
    assert cloud.settle()
    assert told(cloud, id) == wanted(cloud, id) and len(told(cloud, id)[0]) == 2
    assert cloud.row("instances", id)["state"] == "active" and cloud.wrongs() == []


def test_nobody_waits_for_a_host_that_is_away(cloud, id, monkeypatch):
    memberships(cloud).add(CTX, id, "web")
    monkeypatch.setattr(start, "PASSING_SECONDS", 0.0)
    with pytest.raises(Conflict):
        instances(cloud).reboot(CTX, id)
    assert cloud.settle()


def test_what_it_already_is_starts_nothing(cloud, id):
    (groups,) = wanted(cloud, id)
    memberships(cloud).replace(CTX, id, groups)
    memberships(cloud).add(CTX, id, groups[0])
    assert cloud.bus == []
