"""Verbs of identity's plain nouns: listed, shown, made, changed and deleted by policy, with what each noun checks
before it is written or goes. The nouns themselves are identity_catalog_nouns', identity_limits' and the like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova_like import concurrency
from nova_like.db.engine import Database, Transaction
from nova_like.db.records import Records
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound

Row = dict[str, Any]
Rows = list[Row]


def _nothing(tx: Transaction, row: Row) -> None:
    return None


@dataclass(frozen=True)
class Noun:
    """`settle(tx, row)` completes and judges a whole row before it is written; `leave(tx, row)` judges and cleans up
    before it goes. Rules are identity:<plural>:list, show, create, update, delete."""

    name: str
    plural: str
    rows: Records
    settle: Callable[[Transaction, Row], None] = _nothing
    leave: Callable[[Transaction, Row], None] = _nothing


class Kept:
    """`changed()` is called after each change."""

    def __init__(self, db: Database, policy: Any, noun: Noun, changed: Callable[[], None] = lambda: None) -> None:
        self._db, self._policy, self._noun, self._changed = db, policy, noun, changed

    def list(self, ctx: Context, **wanted: Any) -> Rows:
        self._check(ctx, "list")
        return self._db.read(lambda tx: self._noun.rows.list(tx, **wanted))

    def get(self, ctx: Context, id: str) -> Row:
        """Raises NotFound."""
        self._check(ctx, "show")
        return self._db.read(lambda tx: self._found(tx, id))

    def create(self, ctx: Context, values: Row) -> Row:
        """A new row; with an id of its own when `values` hold none. Raises Conflict, Invalid."""
        return self.create_all(ctx, [values])[0]

    def create_all(self, ctx: Context, many: Rows) -> Rows:
        """All or none. Raises Conflict, Invalid."""
        self._check(ctx, "create")
        rows = [{"id": concurrency.new_id(), **values} for values in many]

        def insert(tx: Transaction) -> Any:
            for row in rows:
                if self._noun.rows.get(tx, row["id"]) is not None:
                    raise Conflict(f"There is a {self._noun.name} {row['id'][:64]} already.", code="duplicate")
                self._noun.settle(tx, row)
                self._noun.rows.insert(tx, row)
            return [self._found(tx, row["id"]) for row in rows]

        return self._done(self._db.transact(insert))

    def update(self, ctx: Context, id: str, values: Row) -> Row:
        """Raises NotFound, Conflict, Invalid."""
        self._check(ctx, "update")

        def change(tx: Transaction) -> Row:
            row = {**self._found(tx, id), **values, "id": id}
            self._noun.settle(tx, row)
            self._noun.rows.update(tx, id, **{name: value for name, value in row.items() if name != "id"})
            return self._found(tx, id)

        return self._done(self._db.transact(change))

    def delete(self, ctx: Context, id: str) -> None:
        """Raises NotFound, Forbidden while others stand on it."""
        self._check(ctx, "delete")

        def leave(tx: Transaction) -> None:
            self._noun.leave(tx, self._found(tx, id))
            self._noun.rows.delete(tx, id)

        self._done(self._db.transact(leave))

    def _check(self, ctx: Context, verb: str) -> None:
        self._policy.check(ctx, f"identity:{self._noun.plural}:{verb}")

    def _found(self, tx: Transaction, id: str) -> Row:
        row = self._noun.rows.get(tx, id)
        if row is None:
            raise NotFound(self._noun.name, id, f"Could not find {self._noun.name}: {id[:64]}.")
        return row

    def _done(self, result: Any) -> Any:
        self._changed()
        return result
