"""Aggregates: operators' groups of compute hosts, and the availability zones that they give them."""

from collections.abc import Callable
from typing import Any

from nova_like.db import aggregates as rows
from nova_like.db import hosts
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound

Row = dict[str, Any]
Rows = list[Row]
ZONE = "availability_zone"  # the key of metadata that is the zone
Change = Callable[[Any, Row], None]


class Aggregates:
    """Rows have `hosts`, the names of the members. A host is in one zone at most, and leaves it without instances."""

    def __init__(self, db: Any, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context) -> Rows:
        self._policy.check(ctx, "compute:aggregates:list")
        return self._db.read(rows.list_aggregates)

    def get(self, ctx: Context, id: int) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:aggregates:list")
        return _existing(self._db.read(lambda tx: rows.get(tx, id)), id)

    def create(self, ctx: Context, name: str, zone: str | None) -> Row:
        """Raises Conflict (`duplicate`)."""
        self._policy.check(ctx, "compute:aggregates:change")

        def work(tx: Any) -> Row:
            id = rows.insert(tx, name, zone)
            return _existing(rows.get(tx, id), id)

        return self._db.transact(work)

    def update(self, ctx: Context, id: int, values: Row) -> Row:
        """Its `name`, its `zone`. Raises NotFound, Conflict (`duplicate`), Invalid when hosts that would change their
        zone have instances."""

        def change(tx: Any, aggregate: Row) -> None:
            plain = {"name": values["name"]} if "name" in values else {}
            metadata = dict(aggregate["metadata"] or {})
            if "zone" in values:
                _rezone(tx, aggregate, values["zone"], Invalid)
                plain["zone"] = values["zone"]
                metadata = {**metadata, ZONE: values["zone"]} if values["zone"] else _less(metadata, ZONE)
            rows.update(tx, id, metadata=metadata, **plain)

        return self._change(ctx, id, change)

    def set_metadata(self, ctx: Context, id: int, values: dict[str, str | None]) -> Row:
        """Merge; None takes a key away. Raises as `update` does."""

        def change(tx: Any, aggregate: Row) -> None:
            kept = {**(aggregate["metadata"] or {}), **values}
            metadata = {key: value for key, value in kept.items() if value is not None}
            if ZONE in values:
                _rezone(tx, aggregate, values[ZONE], Invalid)
            rows.update(tx, id, metadata=metadata, zone=metadata.get(ZONE))

        return self._change(ctx, id, change)

    def add_host(self, ctx: Context, id: int, host: str) -> Row:
        """Raises NotFound, Conflict: it is in (`duplicate`), another zone's (`zone`), or has instances (`in_use`)."""

        def change(tx: Any, aggregate: Row) -> None:
            if hosts.by_name(tx, "compute", host) is None:
                raise NotFound("host", host, f"Compute host {host} could not be found.")
            rows.add_host(tx, id, host)
            if aggregate["zone"]:
                _rezone(tx, {**aggregate, "hosts": [host]}, aggregate["zone"], Conflict)
            rows.update(tx, id)

        return self._change(ctx, id, change)

    def remove_host(self, ctx: Context, id: int, host: str) -> Row:
        """Raises NotFound, Conflict (`in_use`)."""

        def change(tx: Any, aggregate: Row) -> None:
            if not rows.remove_host(tx, id, host):
                raise NotFound("host", host, f"Aggregate {id} has no host {host}.")
            if aggregate["zone"]:
                _rezone(tx, {**aggregate, "hosts": [host]}, None, Conflict)
            rows.update(tx, id)

        return self._change(ctx, id, change)

    def delete(self, ctx: Context, id: int) -> None:
        """Raises NotFound, Invalid while it has hosts."""

        def change(tx: Any, aggregate: Row) -> None:
            if aggregate["hosts"]:
                raise Invalid(f"Cannot remove host from aggregate {id}. Reason: Host aggregate is not empty.",
                              "aggregate", code="in_use")  # fmt: skip
            rows.delete(tx, id)

        self._policy.check(ctx, "compute:aggregates:change")
        self._db.transact(lambda tx: change(tx, _existing(rows.hold(tx, id), id)))

    def _change(self, ctx: Context, id: int, change: Change) -> Row:
        """The row as `change` left it, which ran alone on it."""
        self._policy.check(ctx, "compute:aggregates:change")

        def work(tx: Any) -> Row:
            change(tx, _existing(rows.hold(tx, id), id))
            return _existing(rows.get(tx, id), id)

        return self._db.transact(work)


def _existing(row: Row | None, id: int) -> Row:
    if row is None:
        raise NotFound("aggregate", str(id), f"Aggregate {id} could not be found.")
    return row


def _less(metadata: Row, key: str) -> Row:
    return {name: value for name, value in metadata.items() if name != key}


def _rezone(tx: Any, aggregate: Row, zone: str | None, refusal: type[Conflict] | type[Invalid]) -> None:
    """Give the aggregate's hosts its zone, or, with None, take it from them."""
    names = aggregate["hosts"]
    if not names:
        return
    elsewhere = rows.zones_of(tx, names, aggregate["id"])
    if zone and (other := {host: there for host, there in elsewhere.items() if there != zone}):
        host, there = next(iter(other.items()))
        raise refusal(f"Host {host} is in the availability zone {there} already.", "aggregate", code="zone")
    for name in names:
        target = zone or elsewhere.get(name) or rows.ZONE
        if rows.occupied(tx, [name], target):
            raise refusal(f"Host {name} contains instances, which would change their availability zone.", "aggregate",
                          code="in_use")  # fmt: skip
        rows.set_zone(tx, [name], target)
