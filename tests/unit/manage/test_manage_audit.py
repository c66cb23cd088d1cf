"""The audit prints each kind of disagreement, and nothing when there is none."""

import pytest
import sqlalchemy as sa

from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import locks
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.networks import addresses, ports
from nova_like.db.schema.quotas import quota_usages
from nova_like.db.schema.volumes import volumes
from tests.unit.manage.manage_world import Operator

INSTANCE = {"id": "i1", "project_id": "p", "user_id": "u", "name": "n", "hostname": "n", "state": "active",
            "generation": 1, "vcpus": 2, "ram_mib": 512, "disk_gib": 5, "host": "h1",
            "reservation_id": "r"}  # fmt: skip
HOST = {"id": "a", "kind": "compute", "name": "h1", "address": "h1", "vcpus": 8, "ram_mib": 8192, "disk_gib": 80,
        "vcpus_used": 2, "ram_mib_used": 512, "disk_gib_used": 5, "instances": 1}  # fmt: skip
STORE = {**HOST, "id": "b", "kind": "volume", "name": "v1", "vcpus_used": 0, "ram_mib_used": 0, "disk_gib_used": 3}
VOLUME = {"id": "v", "project_id": "p", "user_id": "u", "size_gib": 3, "state": "available", "generation": 1,
          "host": "v1"}  # fmt: skip
USED = {"instances": 1, "cores": 2, "ram": 512, "volumes": 1, "gigabytes": 3}
PORT = {"id": "port", "network_id": "n", "project_id": "p", "instance_id": "i1", "mac": "fa:16:3e:00:00:01"}


@pytest.fixture
def operator(tmp_path):
    """One instance and one volume, counted rightly everywhere."""
    made = Operator(tmp_path)
    assert made.run("db", "sync")[0] == 0

    def fill(tx):
        tx.execute(sa.insert(instances).values(**INSTANCE))
        tx.execute(sa.insert(volumes).values(**VOLUME))
        for row in (HOST, STORE):
            tx.execute(sa.insert(hosts).values(**row))
        for name, used in USED.items():
            tx.execute(sa.insert(quota_usages).values(project_id="p", resource=name, used=used))
        tx.execute(sa.insert(ports).values(**PORT))
        tx.execute(sa.insert(addresses).values(subnet_id="s", number=5, address="10.0.0.5", port_id="port"))

    made.db.transact(fill)
    yield made
    made.db.dispose()


def test_nothing_to_say(operator):
    assert operator.run("audit") == (0, "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (sa.update(hosts).where(hosts.c.name == "h1").values(ram_mib_used=500), "ram_mib 500 should be 512"),
        (sa.update(hosts).where(hosts.c.name == "h1").values(instances=2), "instances 2 should be 1"),
        (sa.update(hosts).where(hosts.c.name == "v1").values(disk_gib_used=9), "disk_gib 9 should be 3"),
        (sa.update(quota_usages).where(quota_usages.c.resource == "cores").values(used=3), "cores 3 should be 2"),
        (sa.delete(quota_usages).where(quota_usages.c.resource == "volumes"), "volumes 0 should be 1"),
        (sa.insert(quota_usages).values(project_id="q", resource="ram", used=1), "project q: ram 1 should be 0"),
        (sa.update(volumes).values(state="deleted"), "gigabytes 3 should be 0"),
        (sa.delete(ports), "10.0.0.5 is held by port port, which does not exist"),
        (sa.update(instances).values(state="deleted"), "port port belongs to instance i1, which is gone"),
        (sa.insert(locks).values(resource_id="i1", flow_id="f", mode="exclusive"), "i1 is locked by flow f"),
        (sa.update(instances).values(host="h9"), "vcpus 2 should be 0"),
    ],
)  # fmt: skip
def test_each_disagreement(operator, change, said):
    operator.db.transact(lambda tx: tx.execute(change))
    status, text = operator.run("audit")
    assert status == 1 and said in text, text


def test_a_claim_on_a_host_that_is_not_known(operator):
    operator.db.transact(lambda tx: tx.execute(sa.delete(hosts).where(hosts.c.name == "h1")))
    assert "h1" in operator.run("audit")[1]
