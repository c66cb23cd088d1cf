"""Starts flows, in the transaction that changes the state they are about. Knows no recipe."""

from collections.abc import Callable
from typing import Any

from nova_like import concurrency
from nova_like.db import flows, generations, locks
from nova_like.db.engine import Again, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict
from nova_like.model.notices import ERROR, START

FIRST_LOOK_SECONDS = 3.0  # a flow whose wake was lost is looked at this long after its start
UNSEEN = ("replug",)  # flows that no user asked for by name: the host is told what the rows say already
SETTLES = "settles"  # an argument of flows that are one short act to their user, who does not see that it takes time
PASSING_SECONDS = 3.0
Wake = Callable[[list[str]], Any]
Notify = Callable[..., None]
Rows = list[dict[str, Any]]


def nobody(tx: Transaction, flow_ids: list[str], phase: str, fault: dict[str, Any] | None = None) -> None:
    """Nobody wants to be told."""


class Starter:
    """`wake` tells any scheduler of new flows, after the commit; it may lose them. `notify(tx, flow ids, phase, fault)`
    puts down that flows begin and end, for those who want to be told."""

    def __init__(self, wake: Wake, notify: Notify = nobody) -> None:
        self._wake, self.notify = wake, notify

    def rouse(self, tx: Transaction, resource_id: str) -> None:
        """Have the flow that holds a resource, if one does, looked at after the commit: what it waits for is there."""
        if (holder := locks.holder(tx, resource_id)) is not None:
            tx.after(lambda: self._wake([holder]))

    def start(
        self, tx: Transaction, ctx: Context, kind: str, resource_id: str, args: dict[str, Any], generation: int
    ) -> str:
        """A new flow that holds the resource. The caller holds the resource's row; Conflict when a flow has it, Again
        when that is one which nobody sees and which is over in a moment."""
        if (holder := locks.holder(tx, resource_id)) is not None:
            if _passing(flows.get(tx, holder)):
                raise Again(f"{resource_id} is busy with another operation", retry_after=1)
            raise Conflict(f"{resource_id} is busy with another operation", code="busy", id=resource_id)
        return self.start_fresh(tx, ctx, kind, [(resource_id, args, generation)])[0]

    def start_fresh(
        self, tx: Transaction, ctx: Context, kind: str, wanted: list[tuple[str, dict[str, Any], int]]
    ) -> list[str]:
        """Flows of resources made in this very transaction: (id, args, generation) each."""
        rows = [_row(ctx, kind, *facts) for facts in wanted]
        flows.insert(tx, rows, FIRST_LOOK_SECONDS)
        locks.take(tx, [(row["resource_id"], row["id"]) for row in rows])
        ids = [row["id"] for row in rows]
        self.notify(tx, ids, START)
        tx.after(lambda: self._wake(ids))
        return ids

    def replace(
        self, tx: Transaction, ctx: Context, noun: str, resource_id: str, kind: str, live: Rows, **values: Any
    ) -> None:
        """A change of mind that nothing refuses (delete): write `values` with a new generation; live flows unwind and
        start `kind` as their last act, or it starts now. `live`: the flows, held (`flows.live_of`) before the
        resource, as the engine does. Raises Again when another has begun since then: it could not be held in order."""
        if flows.live_ids(tx, resource_id) - {flow["id"] for flow in live}:
            raise Again(f"{resource_id} is busy with another operation", retry_after=1)
        generation = generations.raise_generation(tx, noun, resource_id, **values)
        if not live:
            self.start_fresh(tx, ctx, kind, [(resource_id, {}, generation)])
            return
        for flow in live:
            flows.cancel(tx, flow, kind)
        ids = [flow["id"] for flow in live]
        tx.after(lambda: self._wake(ids))

    def end(self, tx: Transaction, flow: dict[str, Any], why: str) -> None:
        """End a live flow, held, whose work is nobody's any more. What is on its way for it must come too late: the
        caller raises the generation."""
        flows.end(tx, flow, why)
        locks.release(tx, flow["id"])
        self.notify(tx, [flow["id"]], ERROR)

    def succeed(self, tx: Transaction, flow: dict[str, Any], kind: str, generation: int, args: dict[str, Any]) -> None:
        """A flow's last act: its successor takes over all that it holds."""
        ctx = Context(request_id=flow["request_id"], user_id=flow["user_id"] or "", project_id=flow["project_id"] or "")
        row = _row(ctx, kind, flow["resource_id"], args, generation)
        flows.insert(tx, [row], FIRST_LOOK_SECONDS)
        locks.hand_over(tx, flow["id"], row["id"])
        if kind != flow["kind"]:  # another try is no beginning
            self.notify(tx, [row["id"]], START)
        tx.after(lambda: self._wake([row["id"]]))


def _passing(flow: dict[str, Any] | None) -> bool:
    """Over, or to be waited for: older than this, its host is away."""
    if flow is None:
        return True
    short = flow["kind"] in UNSEEN or bool((flow["args"] or {}).get(SETTLES))
    return short and concurrency.now().timestamp() - flow["created_at"] < PASSING_SECONDS


def _row(ctx: Context, kind: str, resource_id: str, args: dict[str, Any], generation: int) -> dict[str, Any]:
    return {
        "id": concurrency.new_id(), "kind": kind, "resource_id": resource_id, "project_id": ctx.project_id or None,
        "user_id": ctx.user_id or None, "request_id": ctx.request_id, "state": "running", "generation": generation,
        "args": args or None,
    }  # fmt: skip
