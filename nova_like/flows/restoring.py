"""After an older database was put back: what it says of work under way is no longer true, and hosts have gone on.
Nothing is sent to a host here, and nothing that follows takes a guest away that the old database does not know."""

from typing import Any

import sqlalchemy as sa

from nova_like.db import flows, instances, locks, volumes
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances as instance_rows
from nova_like.db.schema.flows import flows as flow_rows
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.tombstones import tombstones
from nova_like.db.schema.volumes import volumes as volume_rows
from nova_like.model import errors
from nova_like.model.errors import Conflict

# agents drop orders of a generation below the highest that they have seen: no database lives to give out so many
JUMP = 1 << 32
# what a user was rid of already stays gone; these know what they take away or whose it is, and go on
GO_ON = ("delete", "volume_delete", "purge", "volume_purge", "attach", "detach", "release")
FAULT = Conflict("The database was restored from a backup while this was under way. Look whether it runs on a host; "
                 "delete it, or reboot it.", code="restored")  # fmt: skip
COUNTERS = ((instance_rows, "generation"), (instance_rows, "power_generation"), (volume_rows, "generation"),
            (tombstones, "generation"), (flow_rows, "generation"))  # fmt: skip


def settle(tx: Transaction) -> int:
    """End all work that was under way but deletes, and raise all generations; how many flows ended.
    Done twice it does no harm."""
    ended = _end_flows(tx)
    for table, column in COUNTERS:
        tx.execute(sa.update(table).values({column: table.c[column] + JUMP}))
    tx.execute(sa.update(hosts).values(strangers=None, deaf=False, revision=hosts.c.revision + 1, updated_at=db_now()))
    return ended


def _end_flows(tx: Transaction) -> int:
    going_on = sa.or_(flow_rows.c.kind.in_(GO_ON), flow_rows.c.then.in_(GO_ON))
    live = flow_rows.c.state.in_(flows.LIVE)
    found = tx.rows(sa.select(flow_rows).where(live, ~sa.func.coalesce(going_on, False)).with_for_update())
    for flow in found:
        flows.end(tx, flow, "restored from a backup")
        locks.release(tx, flow["id"])
        _leave(tx, flow["resource_id"])
    return len(found)


def _leave(tx: Transaction, id: str) -> None:
    """What was in the making is in ERROR, with a word for its owner; all else keeps its state. Only one is its id."""
    fault: dict[str, Any] = errors.to_dict(FAULT)
    instances.apply(tx, id, "failed", fault=fault)
    volumes.move(tx, id, "failed")
