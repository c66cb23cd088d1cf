"""A word about a whole machine: drain and return, down, fence; tombstones are shown and audited."""

import threading
import time

import pytest
import sqlalchemy as sa

from nova_like.cmd.manage import removal
from nova_like.db import flows, hosts, tombstones
from nova_like.db.engine import Database
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import flows as flow_rows
from nova_like.db.schema.flows import locks
from nova_like.db.schema.images import images
from nova_like.db.schema.networks import addresses, ports
from nova_like.model.errors import Conflict
from tests.unit.manage.manage_world import Operator
from tests.unit.manage.test_manage_audit import INSTANCE

KINDS = ("compute", "network", "volume")
STONE = {"id": "t1", "kind": "instance", "resource_id": "i1", "project_id": "p", "host_kind": "compute", "host": "h1",
         "generation": 3, "vcpus": 2, "ram_mib": 512, "disk_gib": 5, "facts": {}}  # fmt: skip
PORT = {"id": "port", "network_id": "n", "project_id": "p", "instance_id": "i1", "mac": "fa:16:3e:00:00:01"}


@pytest.fixture
def operator(tmp_path):
    made = Operator(tmp_path)
    assert made.run("db", "sync")[0] == 0
    rows = [{"kind": kind, "name": name, "address": f"{name}.{kind}", "boot_id": "b", "vcpus": 8, "ram_mib": 8192,
             "disk_gib": 80} for kind in KINDS for name in ("h1", "h2")]  # fmt: skip
    made.db.transact(lambda tx: hosts.upsert(tx, rows))
    yield made
    made.db.dispose()


def _silence(db: Database, seconds: float) -> None:
    db.transact(lambda tx: tx.execute(sa.text(f"UPDATE hosts SET seen_at = seen_at - {seconds}")))


def _leave_a_tombstone(db: Database) -> None:
    """As a delete leaves it: a claim, a port with its address, and a flow that waits for the host."""

    def work(tx):
        used = "vcpus_used = 2, ram_mib_used = 512, disk_gib_used = 5, instances = 1"
        tx.execute(sa.text(f"UPDATE hosts SET {used} WHERE kind = 'compute' AND name = 'h1'"))
        tombstones.insert(tx, STONE)
        tx.execute(sa.insert(ports).values(**PORT))
        tx.execute(sa.insert(addresses).values(subnet_id="s", number=5, address="10.0.0.5", port_id="port"))
        flow = {"id": "f1", "kind": "purge", "resource_id": "t1", "state": "running", "generation": 3, "attempts": 1,
                "step_name": "destroy", "host": "h1", "host_kind": "compute", "due_at": 1.0}  # fmt: skip
        tx.execute(sa.insert(flow_rows).values(**flow))
        tx.execute(sa.insert(locks).values(resource_id="t1", flow_id="f1", mode="exclusive"))

    db.transact(work)


def _rows(operator: Operator, name: str) -> list[dict]:
    return [row for row in operator.table("host", "list") if row["name"] == name]


def test_drain_and_return_are_of_the_whole_machine(operator) -> None:
    assert operator.run("host", "drain", "h1", "--reason", "new disks")[0] == 0
    assert {(row["enabled"], row["reason"]) for row in _rows(operator, "h1")} == {(False, "maintenance: new disks")}
    assert {(row["enabled"], row["reason"]) for row in _rows(operator, "h2")} == {(True, "")}
    assert operator.run("host", "return", "h1")[0] == 0
    assert {(row["enabled"], row["reason"]) for row in _rows(operator, "h1")} == {(True, "")}
    for verb in (("drain",), ("return",), ("down",), ("fence", "--yes")):
        status, said = operator.run("host", *verb, "h9")
        assert status == 1 and "h9" in said


def test_down_until_return(operator) -> None:
    assert operator.run("host", "down", "h1")[0] == 0
    assert {row["state"] for row in _rows(operator, "h1")} == {"down"}
    operator.db.transact(lambda tx: hosts.upsert(tx, [{"kind": "compute", "name": "h1", "address": "h1.compute",
                                                       "boot_id": "b"}]))  # fmt: skip
    assert operator.table("host", "show", "h1")["state"] == "down"
    assert operator.run("host", "return", "h1")[0] == 0
    assert {row["state"] for row in _rows(operator, "h1")} == {"up"}


def test_tombstones_are_shown_and_counted(operator) -> None:
    _leave_a_tombstone(operator.db)
    (shown,) = operator.table("host", "show", "h1")["tombstones"]
    assert shown.startswith("instance i1 since ")
    assert operator.table("host", "show", "h1", "--kind", "volume")["tombstones"] == []
    assert operator.run("audit") == (0, "")
    operator.db.transact(lambda tx: tombstones.remove(tx, "t1"))
    said = operator.run("audit")[1]
    assert "compute host h1: instances 1 should be 0\n" in said
    assert "port port belongs to instance i1, which is gone" in said


def test_fence_releases_all_that_tombstones_hold(operator) -> None:
    _leave_a_tombstone(operator.db)
    status, said = operator.run("host", "fence", "h1", "--yes")
    assert status == 1 and "not off" in said
    _silence(operator.db, 100)
    status, said = operator.run("host", "fence", "h1")
    assert status == 1 and "--yes" in said
    assert len(operator.table("host", "show", "h1")["tombstones"]) == 1
    assert operator.run("host", "fence", "h1", "--yes") == (0, "h1 is fenced; 1 tombstones released\n")
    host = operator.table("host", "show", "h1")
    assert (host["state"], host["enabled"], host["instances"], host["tombstones"]) == ("fenced", False, 0, [])
    flow = operator.db.read(lambda tx: flows.get(tx, "f1"))
    assert (flow["state"], flow["host"], flow["due_at"]) == ("cancelled", None, None)
    with operator.db.engine.connect() as connection:
        left = [connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar()
                for name in ("ports", "addresses", "locks", "tombstones")]  # fmt: skip
    assert left == [0, 0, 0, 0]
    assert operator.run("audit") == (0, "")


def test_a_fenced_host_that_is_heard_of_is_fenced_no_more(operator) -> None:
    """Whoever said that it is off was wrong, or it was switched on again. New work it gets only by `host return`."""
    _silence(operator.db, 100)
    assert operator.run("host", "fence", "h1", "--yes")[0] == 0
    operator.db.transact(lambda tx: hosts.upsert(tx, [{"kind": "compute", "name": "h1", "address": "h1.compute",
                                                       "boot_id": "c"}]))  # fmt: skip
    shown = operator.table("host", "show", "h1")
    assert (shown["state"], shown["enabled"], shown["disabled_reason"]) == ("up", False, "fenced")


def test_a_drain_says_what_is_left_and_evacuation_that_nobody_fenced_it(operator) -> None:
    status, said = operator.run("host", "evacuate", "h1")
    assert (status, "nothing to evacuate" in said) == (0, True), said
    assert operator.run("host", "evacuate", "h9") == operator.run("host", "drain", "h9")  # there is none
    operator.db.transact(lambda tx: tx.execute(sa.insert(instances).values(**INSTANCE)))
    status, said = operator.run("host", "drain", "h1")
    assert status == 0 and "gets no new work" in said and "instances: i1" in said
    status, said = operator.run("host", "evacuate", "h1")
    assert status == 1 and "Nothing was moved" in said and "host fence h1" in said


IDS = [f"11111111-1111-4111-8111-11111111111{number}" for number in range(3)]


@pytest.fixture
def lost(operator) -> Operator:
    """Three instances of h1, which is fenced; the last is rescued."""
    image = {"id": "image", "owner_id": "p", "status": "active", "visibility": "public"}
    row = {**INSTANCE, "image_id": "image", "launched_at": 1.0, "flavor": {"id": "1"}}
    rows = [{**row, "id": id, "state": "rescued" if id == IDS[-1] else "active"} for id in IDS]
    operator.db.transact(lambda tx: tx.execute(sa.insert(images).values(**image)))
    operator.db.transact(lambda tx: tx.execute(sa.insert(instances), rows))
    _silence(operator.db, 100)
    assert operator.run("host", "fence", "h1", "--yes")[0] == 0
    return operator


def _flows(operator: Operator) -> list[tuple[str, str]]:
    found = operator.db.read(lambda tx: tx.rows(sa.select(flow_rows).order_by(flow_rows.c.resource_id)))
    return [(flow["kind"], flow["resource_id"]) for flow in found]


def test_evacuation_starts_a_flow_for_each_instance_once(lost) -> None:
    for _ in range(2):
        status, said = lost.run("host", "evacuate", "h1", "--no-wait")
        assert status == 1 and "rescued" in said and IDS[0] not in said
        assert _flows(lost) == [("evacuate", id) for id in IDS[:2]]


def test_evacuation_says_what_became_of_each(lost) -> None:
    """As the schedulers end the flows: one instance finds a host, the other does not."""
    outcome: list[tuple[int, str]] = []
    command = threading.Thread(target=lambda: outcome.append(lost.run("host", "evacuate", "h1")))
    command.start()
    deadline = time.monotonic() + 60
    while len(_flows(lost)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    def end(tx, id: str, state: str, fault: dict | None, host: str) -> None:
        tx.execute(sa.update(flow_rows).where(flow_rows.c.resource_id == id).values(state=state, fault=fault))
        tx.execute(sa.update(instances).where(instances.c.id == id).values(host=host))

    lost.db.transact(lambda tx: end(tx, IDS[0], "done", None, "h2"))
    lost.db.transact(lambda tx: end(tx, IDS[1], "failed", {"reason": "No valid host was found."}, "h1"))
    command.join(60)
    ((status, said),) = outcome
    assert status == 1 and IDS[0] not in said
    assert f"{IDS[1]}: No valid host was found." in said and f"{IDS[2]}: " in said


def _evacuated(operator: Operator) -> None:
    """What is left of the fixture's instances when all were brought to h2: tombstones that fencing does not clear."""

    def work(tx):
        tx.execute(sa.update(instances).values(host="h2"))
        stone = {**STONE, "kind": "evacuated", "claimed": False, "vcpus": 0, "ram_mib": 0, "disk_gib": 0}
        for number, id in enumerate(IDS):
            tombstones.insert(tx, {**stone, "id": f"t{number}", "resource_id": id})

    operator.db.transact(work)


def test_what_a_lost_host_should_purge_is_forgotten_when_it_is_said_so(lost) -> None:
    _evacuated(lost)
    assert lost.run("host", "fence", "h1", "--yes") == (0, "h1 is fenced; 0 tombstones released\n")
    (shown, *more) = lost.table("host", "show", "h1")["tombstones"]
    assert shown.startswith(f"evacuated {IDS[0]} since ") and len(more) == 2
    lost.db.transact(lambda tx: removal.give_up(tx, "h1"))
    assert lost.table("host", "show", "h1")["tombstones"] == []
    lost.db.transact(lambda tx: hosts.force(tx, "h2", ""))
    with pytest.raises(Conflict, match="host fence h2 --yes"):
        lost.db.transact(lambda tx: removal.give_up(tx, "h2"))
