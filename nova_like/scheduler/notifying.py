"""Tells of what flows put down: on the bus, and to the webhooks of the instance's project. At least once, not always in
order; a notice is gone when the broker has it and its deliveries are rows."""

from collections.abc import Callable
from typing import Any

from nova_like.db import notices, webhooks
from nova_like.db.engine import Database, Transaction
from nova_like.model.notices import body, for_owner, is_wanted
from nova_like.rpc.tally import Tally

BATCH = 100
ROUND_SECONDS = 1.0
MOST_BATCHES = 50  # in a round; what is left waits for the next
Row = dict[str, Any]
Publish = Callable[[list[Row]], None]


class Notifying:
    """`publish` puts bodies on the bus, None where they are not wanted there. `counters`: told."""

    def __init__(self, database: Database, publish: Publish | None = None) -> None:
        self._database, self._publish = database, publish
        self.counters = Tally()

    def tell(self) -> int:
        """One round; how many notices were told. Raises Unavailable when the broker or the database is away."""
        total = 0
        for _ in range(MOST_BATCHES):
            count = self._database.transact(self._batch)
            total += count
            if count < BATCH:
                break
        self.counters.add("told", total)
        return total

    def _batch(self, tx: Transaction) -> int:
        rows = notices.take(tx, BATCH)
        if not rows:
            return 0
        hooks = webhooks.list_webhooks(tx, sorted({row["project_id"] for row in rows}))
        webhooks.owe(tx, [_delivery(hook, row) for row in rows for hook in hooks if _concerns(hook, row)])
        notices.drop(tx, [row["id"] for row in rows])
        if self._publish is not None:
            self._publish([body(row) for row in rows])
        return len(rows)


def _concerns(hook: Row, notice: Row) -> bool:
    return hook["project_id"] == notice["project_id"] and is_wanted(notice["event_type"], hook["events"] or [])


def _delivery(hook: Row, notice: Row) -> Row:
    return {"webhook_id": hook["id"], "notice_id": notice["id"], "body": for_owner(body(notice))}
