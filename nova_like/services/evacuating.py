"""Instances of a machine that is off, brought to others. Whether it is off is an operator's word, never a guess."""

from typing import Any

from nova_like import concurrency
from nova_like.db import hosts, images, moves
from nova_like.db.engine import Transaction
from nova_like.flows.start import UNSEEN
from nova_like.model import states
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.services.instance_locks import refuse_attached
from nova_like.services.instances import Instances

Row = dict[str, Any]


class Evacuating:
    """`down_seconds`: a host that was not heard of for so long may be off."""

    def __init__(self, instances: Instances, down_seconds: float) -> None:
        self._instances, self._down_seconds = instances, down_seconds

    def evacuate(self, ctx: Context, instance_id: str, host: str | None = None, stopped: bool = False) -> None:
        """Have it come up elsewhere (on `host`) out of its image, its disk lost; `stopped`: not running. Raises
        NotFound, Conflict (`state`, `busy`, `not_ready`), Invalid (`up`: nobody said that its host is off)."""

        def prepare(tx: Transaction, row: Row) -> Row:
            self._check_off(tx, row["host"])
            refuse_attached(tx, row)
            _check(tx, row, host)
            was = states.STOPPED if stopped or row["state"] == states.STOPPED else states.ACTIVE
            moves.insert(tx, {
                "id": concurrency.new_id(), "instance_id": row["id"], "project_id": row["project_id"],
                "user_id": ctx.user_id, "kind": "evacuation", "source": row["host"], "target": row["host"], "was": was,
                "old_flavor": row["flavor"], "new_flavor": row["flavor"],
            })  # fmt: skip
            return {"image_id": row["image_id"], "host": host or None}

        self._instances.order(ctx, instance_id, "evacuate", prepare=prepare, over=UNSEEN)

    def _check_off(self, tx: Transaction, name: str) -> None:
        """Fenced; or said to be down, as those who fence by the API say it, and not heard of either."""
        row = hosts.by_name(tx, "compute", name)
        silent = row is None or row["silent_seconds"] is None or row["silent_seconds"] >= self._down_seconds
        if row is not None and row["forced"] != "fenced" and not (row["forced"] == "down" and silent):
            raise Invalid(f"Compute service of {name} is still in use: nobody said that the machine is off.", "host",
                          code="up")  # fmt: skip


def _check(tx: Transaction, row: Row, host: str | None) -> None:
    if host and hosts.by_name(tx, "compute", host) is None:
        raise Invalid(f"Compute host {host} could not be found.", "host", field="host")
    if host == row["host"]:
        raise Invalid(f"Host {host} is the one that is to be left.", "host", field="host")
    image = images.get(tx, row["image_id"]) if row["image_id"] else None
    if row["launched_at"] is None or image is None or image["status"] != "active":
        raise Invalid(f"Instance {row['id']} has no image that it could come up from.", "image", code="not_found")
