"""Hosts that are away, on PostgreSQL: the statements that SQLite reads otherwise. Its clock is real: rows are aged."""

import pytest
import sqlalchemy as sa

from nova_like.db import audit, hosts, tombstones
from nova_like.flows.fencing import fence
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances

pytestmark = pytest.mark.root


def _sql(cloud: LittleCloud, text: str) -> None:
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text(text))


def _active(cloud: LittleCloud) -> tuple[str, str]:
    id = boot(cloud)
    assert cloud.settle()
    return id, cloud.row("instances", id)["host"]


def _silence(cloud: LittleCloud, host: str) -> None:
    cloud.cut.add(host)
    _sql(cloud, f"UPDATE hosts SET seen_at = seen_at - 100 WHERE name = '{host}'")
    _sql(cloud, "UPDATE listening SET since = since - 100")
    cloud.engine.agents.forget()


def _left(cloud: LittleCloud, host: str) -> int:
    return len(cloud.database.read(lambda tx: tombstones.on_host(tx, host)))


def _rows(cloud: LittleCloud, table: str) -> int:
    with cloud.database.engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_w4(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    _silence(cloud, host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(8.0)
    assert (cloud.row("instances", id)["state"], _left(cloud, host), _rows(cloud, "addresses")) == ("deleted", 1, 1)
    assert cloud.database.transact(audit.discrepancies) == []
    cloud.bring_back(host)
    assert cloud.settle()
    assert (_left(cloud, host), _rows(cloud, "addresses"), cloud.wrongs()) == (0, 0, [])


def test_fence(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    _silence(cloud, host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(8.0)
    assert len(cloud.database.transact(lambda tx: fence(tx, host, 75.0))) == 1
    assert (_left(cloud, host), _rows(cloud, "ports"), _rows(cloud, "locks")) == (0, 0, 0)
    assert cloud.database.transact(audit.discrepancies) == []


def test_deaf_until_it_answers(cloud: LittleCloud) -> None:
    id, host = _active(cloud)
    cloud.deaf.add(("compute", host))
    instances(cloud).reboot(CTX, id)
    cloud.let_pass(8.0)
    _sql(cloud, "UPDATE flows SET unanswered_since = unanswered_since - 100")
    _sql(cloud, "UPDATE hosts SET answered_at = answered_at - 100")
    _sql(cloud, "UPDATE listening SET since = since - 100")
    cloud.let_pass(8.0)
    marked = [(row["kind"], row["name"]) for row in cloud.database.read(hosts.list_hosts) if row["deaf"]]
    assert marked == [("compute", host)]
    cloud.deaf.clear()
    _sql(cloud, "UPDATE flows SET due_at = due_at - 100 WHERE due_at IS NOT NULL")
    assert cloud.settle()
    cloud.let_pass(16.0)
    assert not any(row["deaf"] for row in cloud.database.read(hosts.list_hosts))


def test_what_mending_looks_for(cloud: LittleCloud) -> None:
    """A late guest of an instance that was deleted long ago, and a port that leaked."""
    id, host = _active(cloud)
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    _sql(cloud, "UPDATE instances SET deleted_at = deleted_at - 200")
    _sql(cloud, "INSERT INTO ports (id, network_id, project_id, instance_id, mac, created_at, updated_at) "
                f"VALUES ('leak', 'n', 'p', '{id}', 'fa:16:3e:00:00:01', 1, 1)")  # fmt: skip
    hypervisor = cloud.agents["compute"]._hosts[host]
    from nova_like.model.orders import Guest

    hypervisor.disks.prepare(Guest(id, "late", 1, 512, 1), None, None, "")
    cloud.let_pass(160.0)
    assert (cloud.mending.counters["leaked"], cloud.mending.counters["late"]) == (1, 1)
    assert (_rows(cloud, "ports"), hypervisor.disks.instances(), cloud.wrongs()) == (0, set(), [])
