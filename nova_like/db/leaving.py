"""Addresses on their way out: taken from a port, shown to nobody, and held until the host that had them has let go.

Who marks them sees to it that a host is told; nothing is freed while a tombstone of their instance tells of a host that
may still use them.
"""

from collections.abc import Collection

import sqlalchemy as sa

from nova_like.db import tombstones
from nova_like.db.engine import Transaction
from nova_like.db.flows import LIVE
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import flows
from nova_like.db.schema.networks import addresses, ports
from nova_like.model import states

_table = addresses.c


def mark(tx: Transaction, port_id: str, address: str) -> bool:
    """Take an address from a port; false when it has none such."""
    here = (_table.port_id == port_id, _table.address == address, ~_table.leaving)
    return tx.execute(sa.update(addresses).where(*here).values(leaving=True)).rowcount > 0


def free(tx: Transaction, instance_id: str, used: Collection[tuple[str, str]] = ()) -> int:
    """Nobody uses what is leaving an instance, but for what is `used`, (port id, address): others may have it, unless a
    tombstone holds it. How many there were."""
    joined = addresses.join(ports, ports.c.id == _table.port_id)
    mine = sa.select(addresses).select_from(joined).where(ports.c.instance_id == instance_id, _table.leaving)
    gone = [row for row in tx.rows(mine.where(~tombstones.holding(instance_id)))
            if (row["port_id"], row["address"]) not in used]  # fmt: skip
    if gone:
        these = sa.tuple_(_table.subnet_id, _table.number).in_([(row["subnet_id"], row["number"]) for row in gone])
        tx.execute(sa.delete(addresses).where(these, _table.leaving))
    return len(gone)


def unattended(tx: Transaction, limit: int) -> list[str]:
    """Ids of instances that something is leaving, that no flow is at work on and no tombstone holds."""
    at_work = sa.exists().where(flows.c.resource_id == instances.c.id, flows.c.state.in_(LIVE))
    joined = addresses.join(ports, ports.c.id == _table.port_id).join(instances, instances.c.id == ports.c.instance_id)
    statement = sa.select(instances.c.id).select_from(joined).where(_table.leaving, ~at_work).distinct()
    statement = statement.where(instances.c.state != states.DELETED, ~tombstones.holding(instances.c.id))
    return list(tx.execute(statement.limit(limit)).scalars())
