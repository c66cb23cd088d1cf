"""The catalogue of metadata, which operators write and everybody reads; nothing in the cloud depends on it."""

from typing import Any

from nova_like import concurrency
from nova_like.db import metadefs as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, NotFound
from nova_like.services.scope import home, owner

Row = dict[str, Any]
Rows = list[Row]
NOUN = "namespace"
KINDS = ("objects", "properties", "tags", "resource_types")
RESOURCE_TYPES = ("OS::Cinder::Volume", "OS::Glance::Image", "OS::Nova::Aggregate", "OS::Nova::Flavor",
                  "OS::Nova::Server")  # fmt: skip


class Metadefs:
    """A namespace is its row with `items`: {kind: rows}, each with `name` and `body`."""

    def __init__(self, db: Database, policy: Any) -> None:
        self._db, self._policy = db, policy

    def list(self, ctx: Context, limit: int, marker: str | None = None, visibility: str | None = None) -> Rows:
        """Public namespaces and one's own, by name."""
        self._policy.check(ctx, "image:metadefs:read")

        def work(tx: Transaction) -> Rows:
            found = rows.list_namespaces(tx, owner(ctx), limit, marker, visibility)
            items = rows.list_items(tx, [row["id"] for row in found], "resource_types")
            return [_with(row, [item for item in items if item["namespace_id"] == row["id"]]) for row in found]

        return self._db.read(work)

    def get(self, ctx: Context, namespace: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "image:metadefs:read")
        return self._db.read(lambda tx: _whole(tx, ctx, namespace))

    def create(self, ctx: Context, values: Row, items: dict[str, dict[str, Row]]) -> Row:
        """`items`: {kind: {name: body}}. Raises Conflict (`duplicate`)."""
        self._policy.check(ctx, "image:metadefs:write")
        row = {"id": concurrency.new_id(), "owner_id": home(ctx), **values}

        def work(tx: Transaction) -> Row:
            rows.insert(tx, row)
            for kind, named in items.items():
                for name, body in named.items():
                    rows.put_item(tx, row["id"], kind, name, body)
            return _whole(tx, ctx, values["namespace"])

        return self._db.transact(work)

    def update(self, ctx: Context, namespace: str, values: Row) -> Row:
        """Raises NotFound, Conflict (`duplicate`)."""

        def work(tx: Transaction, row: Row) -> Row:
            rows.update(tx, row, values)
            return _whole(tx, ctx, values.get("namespace", namespace))

        return self._write(ctx, namespace, work)

    def delete(self, ctx: Context, namespace: str) -> None:
        """Raises NotFound, Forbidden (protected)."""

        def work(tx: Transaction, row: Row) -> Row:
            if row["protected"]:
                raise Forbidden(f"Metadata definition namespace {namespace} is protected.", NOUN)
            rows.delete(tx, row["id"])
            return row

        self._write(ctx, namespace, work)

    def resource_types(self, ctx: Context) -> tuple[str, ...]:
        """What a namespace may be about; more may be named."""
        self._policy.check(ctx, "image:metadefs:read")
        return RESOURCE_TYPES

    def items(self, ctx: Context, namespace: str, kind: str) -> Rows:
        """What of one kind stands in a namespace. Raises NotFound."""
        return list(self.get(ctx, namespace)["items"][kind])

    def item(self, ctx: Context, namespace: str, kind: str, name: str) -> Row:
        """Raises NotFound."""
        found = [row for row in self.items(ctx, namespace, kind) if row["name"] == name]
        if not found:
            raise NotFound("definition", name[:64])
        return found[0]

    def put(self, ctx: Context, namespace: str, kind: str, name: str, body: Row, instead: str | None = None) -> Row:
        """A new one, or one in the place of `instead`. Raises NotFound, Conflict (`duplicate`)."""

        def work(tx: Transaction, row: Row) -> Row:
            if instead is not None and rows.get_item(tx, row["id"], kind, instead) is None:
                raise NotFound("definition", instead[:64])
            rows.put_item(tx, row["id"], kind, name, body, instead)
            return rows.get_item(tx, row["id"], kind, name) or {}

        return self._write(ctx, namespace, work)

    def replace(self, ctx: Context, namespace: str, kind: str, items: dict[str, Row]) -> Rows:
        """All of a kind, instead of those that there are. Raises NotFound."""

        def work(tx: Transaction, row: Row) -> Row:
            rows.delete_items(tx, row["id"], kind)
            for name, body in items.items():
                rows.put_item(tx, row["id"], kind, name, body)
            return {"all": rows.list_items(tx, [row["id"]], kind)}

        return list(self._write(ctx, namespace, work)["all"])

    def remove(self, ctx: Context, namespace: str, kind: str, name: str | None = None) -> None:
        """One, or all of a kind. Raises NotFound for one that there is none of."""

        def work(tx: Transaction, row: Row) -> Row:
            if not rows.delete_items(tx, row["id"], kind, name) and name is not None:
                raise NotFound("definition", name[:64])
            return row

        self._write(ctx, namespace, work)

    def _write(self, ctx: Context, namespace: str, work: Any) -> Row:
        self._policy.check(ctx, "image:metadefs:write")
        return self._db.transact(lambda tx: work(tx, _require(tx, ctx, namespace)))


def _require(tx: Transaction, ctx: Context, namespace: str) -> Row:
    row = rows.get(tx, namespace, owner(ctx))
    if row is None:
        raise NotFound(NOUN, namespace[:80])
    return row


def _whole(tx: Transaction, ctx: Context, namespace: str) -> Row:
    row = _require(tx, ctx, namespace)
    return _with(row, rows.list_items(tx, [row["id"]]))


def _with(row: Row, items: Rows) -> Row:
    return {**row, "items": {kind: [item for item in items if item["kind"] == kind] for kind in KINDS}}
