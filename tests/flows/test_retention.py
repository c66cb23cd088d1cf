"""Retention: what has ended goes when its time is over, what lives or is held stays, and the tables stay as big."""

import pytest
import sqlalchemy as sa

from nova_like.db import client_tokens, flows, hosts, revocations, tags
from nova_like.db.retention import PRUNES, Keep
from nova_like.db.schema import METADATA
from nova_like.db.schema.compute import instances as instance_table
from nova_like.db.schema.flows import flows as flow_table
from nova_like.db.schema.flows import locks as lock_table
from nova_like.db.schema.tombstones import tombstones as tombstone_table
from nova_like.model.commands import BootInstances
from nova_like.model.errors import Conflict
from nova_like.scheduler.retention import MOST_BATCHES, Retention
from tests.flows.cloud import CTX, IMAGE, PROJECT, LittleCloud
from tests.flows.scenarios import _delete_volume, _volume_row, boot, instances

HOUR = 3600.0
KEEP = Keep(flows=10 * HOUR, deleted=5 * HOUR)


def _sizes(cloud: LittleCloud) -> dict[str, int]:
    def count(tx):
        return {name: tx.scalar(sa.select(sa.func.count()).select_from(table)) for name, table in
                METADATA.tables.items()}  # fmt: skip

    return cloud.database.read(count)


def _pass(cloud: LittleCloud, hours: float, keep: Keep = KEEP, batch: int = 500) -> Retention:
    cloud.clock.seconds += hours * HOUR
    retention = Retention(cloud.database, keep, batch)
    retention.retain()
    return retention


def _cycle(cloud: LittleCloud, number: int) -> None:
    """An instance with a tag and a volume, made and deleted; a client token and a revoked token beside them."""
    id, volume = boot(cloud), _volume_row(cloud)
    assert cloud.settle()
    now = cloud.clock.seconds

    def more(tx):
        tags.put(tx, PROJECT, id, "instance", {"name": "x"})
        client_tokens.record(tx, PROJECT, "boot", f"token-{number}", "digest", {"ids": [id]})
        revocations.revoke(tx, f"audit-{number}", now + HOUR)

    cloud.database.transact(more)
    instances(cloud).delete(CTX, id)
    _delete_volume(cloud, volume)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.row("volumes", volume)["state"]) == ("deleted", "deleted")


def test_live_rows_stay_flat(cloud) -> None:
    """30 cycles, one every two hours of the clock: what is kept is what the last hours made, not more."""
    kept = boot(cloud)
    assert cloud.settle()
    seen = []
    for number in range(30):
        _cycle(cloud, number)
        _pass(cloud, 2.0)
        seen.append(_sizes(cloud))
    # at 2 h a cycle, tokens (48 h) are the slowest: 24 cycles until nothing grows
    assert seen[-1] == seen[-2] == seen[-3]
    assert seen[-1]["instances"] <= 1 + 3 and seen[-1]["flows"] <= 4 * 6
    assert seen[-1]["client_tokens"] <= 25 and seen[-1]["revocations"] <= 2 and seen[-1]["tags"] <= 3
    _pass(cloud, 100.0)
    rest = _sizes(cloud)
    assert (rest["instances"], rest["volumes"], rest["tags"], rest["client_tokens"]) == (1, 0, 0, 0)
    assert (rest["flows"], rest["flow_journal"], rest["locks"]) == (0, 0, 0)
    assert cloud.row("instances", kept)["state"] == "active"
    assert cloud.wrongs() == []


def test_nothing_goes_before_its_time(cloud) -> None:
    _cycle(cloud, 1)
    before = _sizes(cloud)
    assert _pass(cloud, 0.9, Keep(flows=HOUR, deleted=HOUR)).pruned == dict.fromkeys(PRUNES, 0)
    assert _sizes(cloud) == before


def _deleted_instance(cloud: LittleCloud) -> str:
    id = boot(cloud)
    assert cloud.settle()
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    return id


def _guards(id: str, now: float) -> dict:
    flow = {"id": "f" * 36, "kind": "delete", "resource_id": id, "state": "parked", "generation": 9, "version": 1,
            "attempts": 3, "step": 0, "due_at": now, "updated_at": 0.0}  # fmt: skip
    stone = {"id": "t" * 36, "kind": "instance", "resource_id": id, "host_kind": "compute", "host": "h1",
             "generation": 9}  # fmt: skip
    return {
        "flow": (flow_table, flow),
        "lock": (lock_table, {"resource_id": id, "flow_id": flow["id"], "mode": "exclusive"}),
        "tombstone": (tombstone_table, stone),
    }


@pytest.mark.parametrize("guard", ["flow", "lock", "tombstone"])
def test_a_deleted_row_stays_while_something_is_left_to_do(cloud, guard) -> None:
    id = _deleted_instance(cloud)
    table, row = _guards(id, cloud.clock.seconds)[guard]
    cloud.database.transact(lambda tx: tx.execute(sa.insert(table).values(**row)))
    _pass(cloud, 1000.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    assert cloud.database.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(table))) == 1
    cloud.database.transact(lambda tx: tx.execute(sa.delete(table)))
    assert _pass(cloud, 0.0).pruned["instances"] == 1


def test_a_client_token_that_outlives_its_instances(cloud) -> None:
    """Told as what it is: the token was used; nothing is booted a second time."""
    command = BootInstances("vm", "1", IMAGE, key_name=None, client_token="once")
    id = instances(cloud).boot(CTX, command)[0]["id"]
    assert cloud.settle()
    assert instances(cloud).boot(CTX, command)[0]["id"] == id
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    assert instances(cloud).boot(CTX, command)[0]["state"] == "deleted"
    assert _pass(cloud, 30.0).pruned["instances"] == 1
    with pytest.raises(Conflict, match="used for instances that are gone"):
        instances(cloud).boot(CTX, command)


def test_a_live_row_with_a_time_of_deletion_stays(cloud) -> None:
    """Only the state says that something is deleted."""
    id = boot(cloud)
    assert cloud.settle()
    early = sa.update(instance_table).where(instance_table.c.id == id).values(deleted_at=1.0)
    cloud.database.transact(lambda tx: tx.execute(early))
    assert _pass(cloud, 1000.0).pruned["instances"] == 0


def test_a_round_works_in_small_batches(cloud) -> None:
    rows = [{"id": f"{n:036}", "kind": "boot", "resource_id": "r", "state": "done", "generation": 1, "version": 1}
            for n in range(1000)]  # fmt: skip
    cloud.database.transact(lambda tx: tx.execute(sa.insert(flow_table), rows))
    before, commits = cloud.clock.seconds, cloud.commits
    assert _pass(cloud, 20.0, batch=7).pruned["flows"] >= 1000
    assert cloud.commits - commits >= 1000 / 7
    assert cloud.clock.seconds - before - 20 * HOUR >= 1000 // 7 * 0.09  # it rested between the batches
    cloud.database.transact(lambda tx: tx.execute(sa.insert(flow_table), rows))
    assert _pass(cloud, 20.0, batch=1).pruned["flows"] == MOST_BATCHES
    assert cloud.database.read(lambda tx: len(flows.list_flows(tx, None, 2000))) == 1000 - MOST_BATCHES


def test_a_scheduler_that_is_gone_is_forgotten_and_hosts_are_not(cloud) -> None:
    cloud.clockwork.appear()
    assert _pass(cloud, 6.0).pruned["hosts"] == 1
    assert {row["kind"] for row in cloud.database.read(hosts.list_hosts)} == {"compute", "network", "volume"}
