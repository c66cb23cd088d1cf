"""What a machine still has to do with: guests, volumes, tombstones, flows. And the end of its rows."""

from typing import Any

import sqlalchemy as sa

from nova_like.db import tombstones
from nova_like.db.engine import Transaction
from nova_like.db.flows import LIVE
from nova_like.db.schema.aggregates import aggregate_hosts
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import flows
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.volumes import volumes
from nova_like.model.states import DELETED

SHOWN = 5


def held(tx: Transaction, name: str) -> dict[str, list[str]]:
    """{what: some ids} of all that is on a machine of this name; nothing is there when it is empty."""
    found = {
        "instance": _ids(tx, sa.select(instances.c.id).where(instances.c.host == name, instances.c.state != DELETED)),
        "volume": _ids(tx, sa.select(volumes.c.id).where(volumes.c.host == name, volumes.c.state != DELETED)),
        "tombstone": [row["resource_id"] for row in tombstones.on_host(tx, name)[:SHOWN]],
        "flow": _ids(tx, sa.select(flows.c.id).where(flows.c.host == name, flows.c.state.in_(LIVE))),
    }
    return {what: ids for what, ids in found.items() if ids}


def forget(tx: Transaction, name: str, kind: str | None = None) -> int:
    """Remove its rows (that of one `kind` of agent), and those of the aggregates that its compute agent was in; how
    many agents it had."""
    if kind in (None, "compute"):
        tx.execute(sa.delete(aggregate_hosts).where(aggregate_hosts.c.host == name))
    serves = hosts.c.kind.in_(("compute", "network", "volume")) if kind is None else hosts.c.kind == kind
    return int(tx.execute(sa.delete(hosts).where(hosts.c.name == name, serves)).rowcount)


def neighbours(tx: Transaction, name: str, addresses: set[str]) -> list[str]:
    """Names of other machines that are served under one of these bus addresses."""
    shared = sa.select(hosts.c.name).where(hosts.c.address.in_(addresses), hosts.c.name != name).distinct()
    return list(tx.execute(shared.order_by(hosts.c.name).limit(SHOWN)).scalars())


def _ids(tx: Transaction, statement: Any) -> list[str]:
    return list(tx.execute(statement.limit(SHOWN)).scalars())
