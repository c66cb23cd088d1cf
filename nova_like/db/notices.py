"""Notices that wait to be told: written by the transaction that they are about, taken by whoever tells them."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import flows
from nova_like.db.schema.notices import notices
from nova_like.model.notices import ACTIONS, event_type

Row = dict[str, Any]
_AS_THEY_ARE = ("name", "state", "host", "zone", "hostname", "flavor", "image_id", "key_name", "metadata",
                "created_at", "launched_at", "terminated_at")  # fmt: skip


def write(tx: Transaction, flow_ids: list[str], phase: str, fault: Row | None = None) -> None:
    """One notice for each of these flows that is an instance's, which stands in it as it is in this transaction."""
    known = sa.case({kind: event_type(kind, phase) for kind in ACTIONS}, value=flows.c.kind)
    fixed = {
        "id": flows.c.id + f":{phase}", "at": db_now(), "event_type": known, "request_id": flows.c.request_id,
        "user_id": flows.c.user_id, "instance_id": instances.c.id, "project_id": instances.c.project_id,
        "owner_id": instances.c.user_id, "fault": sa.bindparam("fault", fault, type_=notices.c.fault.type),
    }  # fmt: skip
    chosen = sa.select(*fixed.values(), *(instances.c[name] for name in _AS_THEY_ARE)).where(
        flows.c.id.in_(flow_ids), flows.c.kind.in_(ACTIONS), instances.c.id == flows.c.resource_id
    )
    tx.execute(sa.insert(notices).from_select([*fixed, *_AS_THEY_ARE], chosen))


def take(tx: Transaction, limit: int) -> list[Row]:
    """The oldest, held until the transaction ends; those that somebody else holds are his."""
    oldest = sa.select(notices).order_by(notices.c.at, notices.c.id.desc()).limit(limit)
    return tx.rows(oldest.with_for_update(skip_locked=True))


def drop(tx: Transaction, ids: list[str]) -> None:
    tx.execute(sa.delete(notices).where(notices.c.id.in_(ids)))
