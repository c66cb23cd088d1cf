"""The verbs on instances. Long ones start a flow and return; what they promise is in the rows by then."""

import base64
import dataclasses
from collections.abc import Callable
from typing import Any

from nova_like.db import attachments, flows, generations, hosts, instances, ports
from nova_like.db.engine import Database, Transaction
from nova_like.flows.start import Starter
from nova_like.model import ids, options, states
from nova_like.model.commands import BootInstances, InstanceQuery
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, HostFailure, Invalid, NotFound
from nova_like.services.booting import Booting
from nova_like.services.instance_locks import refuse_locked
from nova_like.services.scope import owner

Row = dict[str, Any]
Rows = list[Row]
# what is not offered (yet) of an instance whose root disk is a volume
NEEDS_IMAGE = frozenset({"rebuild", "resize", "migrate", "evacuate", "snapshot", "backup", "shelve", "rescue"})
CONSOLE_BYTES = 102_400


class Instances:
    """`compute` is the client of compute agents, for short calls; None where there is no bus."""

    def __init__(self, database: Database, policy: Any, starter: Starter, booting: Booting, compute: Any) -> None:
        self._database, self._policy, self._starter = database, policy, starter
        self._booting, self._compute = booting, compute

    # -- reading

    def get(self, ctx: Context, instance_id: str) -> Row:
        """An instance with its ports and task. Raises NotFound."""
        self._policy.check(ctx, "compute:servers:show")
        with self._database.snapshot() as tx:
            row = _existing(instances.get(tx, _valid(instance_id), owner(ctx)), instance_id)
            return _full(tx, [row])[0]

    def list(self, ctx: Context, query: InstanceQuery) -> Rows:
        """A page of instances with their ports and tasks. Raises Invalid for an unknown marker."""
        self._policy.check(ctx, "compute:servers:list")
        if query.all_projects:
            self._policy.check(ctx, "compute:servers:list_all")
        project = query.project_id if query.all_projects else (ctx.project_id or "-")  # an admin's own list, too
        try:
            with self._database.snapshot() as tx:
                return _full(tx, instances.list_instances(tx, query, project))
        except LookupError:
            raise Invalid(f"marker [{query.marker}] not found", "instance", field="marker") from None

    def actions(self, ctx: Context, instance_id: str) -> Rows:
        """The flows of an instance, the newest first; also of a deleted one. Raises NotFound."""
        self._policy.check(ctx, "compute:servers:actions")
        with self._database.reading() as tx:
            _existing(instances.get(tx, _valid(instance_id), owner(ctx), deleted=True), instance_id)
            return flows.history(tx, instance_id)

    def action(self, ctx: Context, instance_id: str, request_id: str) -> tuple[Row, Rows]:
        """(flow, timeline) of the action that a request started. Raises NotFound."""
        found = [flow for flow in self.actions(ctx, instance_id) if flow["request_id"] == request_id]
        if not found:
            reason = f"Action for request_id {request_id} on instance {instance_id} not found"
            raise NotFound("action", request_id, reason)
        with self._database.reading() as tx:
            return found[-1], flows.timeline(tx, found[-1]["id"])

    def console_output(self, ctx: Context, instance_id: str, max_bytes: int | None = None) -> str:
        """The end of the console log. Raises Conflict before the instance has a host."""
        most = CONSOLE_BYTES if max_bytes is None else max_bytes
        return str(self._ask_host(ctx, instance_id, "console_output", max_bytes=most))

    def screenshot(self, ctx: Context, instance_id: str, wake: bool = False) -> bytes:
        """What its display shows, as PNG; `wake` presses a key first. Raises Conflict unless it runs, HostFailure."""
        try:
            return base64.b64decode(self._ask_host(ctx, instance_id, "screenshot", wake=wake))
        except ValueError:
            raise HostFailure("the host gave no picture", "instance", id=instance_id) from None

    def _ask_host(self, ctx: Context, instance_id: str, method: str, **args: Any) -> Any:
        """What its host answers to a short call about its console."""
        self._policy.check(ctx, "compute:servers:console_output")
        with self._database.reading() as tx:
            row = _existing(instances.get(tx, _valid(instance_id), owner(ctx)), instance_id)
            agent = hosts.agent(tx, "compute", row["host"]) if row["host"] else None
        if agent is None:
            raise Conflict(f"Instance {instance_id} is not ready", "instance", code="not_ready", id=instance_id)
        return self._compute.call(ctx, method, agent[0], host=row["host"], instance_id=instance_id, **args)

    # -- changing

    def boot(self, ctx: Context, command: BootInstances) -> Rows:
        """The new instances, BUILDING. See Booting.boot for what it raises."""
        found = self._booting.boot(ctx, command)
        if isinstance(found[0], dict):
            return found  # type: ignore[return-value]
        query = InstanceQuery(ids=found, sort=[("launch_index", "asc")], deleted_since=0.0)
        with self._database.reading() as tx:
            rows = instances.list_instances(tx, query, ctx.project_id)
            if not rows:  # retention may be shorter than a token's life
                raise Conflict("The client token was used for instances that are gone", "instance", code="token")
            return _full(tx, rows)

    def delete(self, ctx: Context, instance_id: str) -> None:
        """Want it gone: accepted in every state, and once more. Raises NotFound."""
        self._policy.check(ctx, "compute:servers:delete")

        def work(tx: Transaction) -> None:
            live, row = self.hold_to_delete(tx, ctx, instance_id)
            self.begin_delete(tx, ctx, row, live)

        self._database.transact(work)

    def hold_to_delete(self, tx: Transaction, ctx: Context, instance_id: str) -> tuple[Rows, Row]:
        """(its unfinished flows, the row), held. Raises NotFound, Conflict (`locked`, `protected`)."""
        live = flows.live_of(tx, _valid(instance_id))  # flows are held before the row, as the engine does
        row = _existing(instances.hold(tx, instance_id, owner(ctx)), instance_id)
        refuse_locked(ctx, row)
        if options.of_row(row).protected and row["wanted"] != "deleted":
            raise Conflict(f"Instance {instance_id} is protected from being deleted.", "instance", code="protected",
                           id=instance_id)  # fmt: skip
        return live, row

    def begin_delete(self, tx: Transaction, ctx: Context, row: Row, live: Rows) -> None:
        """Start the delete of what is held, unless it is on its way."""
        if row["wanted"] != "deleted" or not live:
            self._starter.replace(tx, ctx, "instance", row["id"], "delete", live, wanted="deleted")

    def start(self, ctx: Context, instance_id: str) -> None:
        """Raises NotFound, Conflict (code `state` or `busy`)."""
        self.order(ctx, instance_id, "start")

    def stop(self, ctx: Context, instance_id: str) -> None:
        self.order(ctx, instance_id, "stop")

    def reboot(self, ctx: Context, instance_id: str, soft: bool = True) -> None:
        """Soft asks the guest first; hard also starts one that is stopped."""
        rule = "reboot_soft" if soft else "reboot_hard"
        self.order(ctx, instance_id, "reboot", rule, lambda tx, row: {"soft": soft})

    def order(
        self, ctx: Context, instance_id: str, verb: str, rule: str = "",
        prepare: Callable[[Transaction, Row], Row] = lambda tx, row: {}, locked: bool = False,
        hostless: bool = False, over: tuple[str, ...] = (),
    ) -> Row:  # fmt: skip
        """Start the flow `verb`, if the instance's state allows `rule` (the verb, unless told). `prepare` writes what
        is wanted, and gives the flow's arguments (with `flow`, its kind, if that is another), which are returned: of a
        request that comes again with its idempotency key those of the first. `locked`: one that its owner has locked,
        too; `hostless`: one that is on no host; `over`: kinds of flows that are over with it. Raises NotFound, Conflict
        (code `state`, `busy` or `not_ready`)."""
        self._policy.check(ctx, f"compute:servers:{verb}")
        _valid(instance_id)
        return self._database.transact(
            lambda tx: self._begin(tx, ctx, instance_id, verb, rule or verb, prepare, locked, hostless, over)
        )

    def _begin(
        self, tx: Transaction, ctx: Context, instance_id: str, verb: str, rule: str,
        prepare: Callable[[Transaction, Row], Row], locked: bool, hostless: bool, over: tuple[str, ...],
    ) -> Row:  # fmt: skip
        live = flows.live_of(tx, instance_id) if over else []  # flows are held before the row, as the engine does
        row = _existing(instances.hold(tx, instance_id, owner(ctx)), instance_id)
        if not locked:
            refuse_locked(ctx, row)
        if row["wanted"] == "deleted":
            raise Conflict(f"Cannot '{verb}' instance {instance_id} while it is in task_state deleting", "instance",
                           code="busy", id=instance_id, verb=verb)  # fmt: skip
        states.require(rule, instance_id, row["state"])
        if not (row["host"] or hostless):  # in ERROR since no host took it: nobody could carry this out
            raise Conflict(f"Instance {instance_id} is not ready", "instance", code="not_ready", id=instance_id)
        if row["image_id"] is None and verb in NEEDS_IMAGE:
            raise Invalid(f"Cannot '{verb}' instance {instance_id}: it is volume-backed.", "instance",
                          code="volume_backed", id=instance_id, verb=verb)  # fmt: skip
        args = prepare(tx, row)
        for flow in live:
            if flow["kind"] in over:
                self._starter.end(tx, flow, f"{verb} takes over")
        generation = generations.raise_generation(tx, "instance", instance_id)
        self._starter.start(tx, ctx, args.pop("flow", verb), instance_id, args, generation)
        return args

    def update(self, ctx: Context, instance_id: str, **values: Any) -> Row:
        """Change name, description, hostname, metadata or hints. Raises NotFound."""
        self._policy.check(ctx, "compute:servers:update")
        unknown = set(values) - {"name", "description", "hostname", "metadata", "hints"}
        if unknown:
            raise Invalid(f"{', '.join(sorted(unknown))} cannot be changed", "instance")

        def work(tx: Transaction) -> None:
            row = _existing(instances.hold(tx, _valid(instance_id), owner(ctx)), instance_id)
            if "metadata" in values:
                refuse_locked(ctx, row)
            instances.update(tx, instance_id, **values)

        self._database.transact(work)
        return self.get(dataclasses.replace(ctx), instance_id)


def _valid(instance_id: str) -> str:
    if not ids.is_uuid(instance_id):
        raise NotFound("instance", instance_id)
    return instance_id


def _existing(row: Row | None, instance_id: str) -> Row:
    if row is None:
        raise NotFound("instance", instance_id)
    return row


def _full(tx: Transaction, rows: Rows) -> Rows:
    """Rows with `ports`, `volumes` (attachments) and `task`, by one statement a table. A deleted one has none of the
    first two, whoever holds them."""
    found = [row["id"] for row in rows]
    if not found:
        return rows
    live = [row["id"] for row in rows if row["state"] != states.DELETED]
    cards, busy, attached = (
        ports.of_instances(tx, live), flows.of_resources(tx, found), attachments.of_instances(tx, live)
    )  # fmt: skip
    return [{**row, "ports": cards.get(row["id"], []), "task": _task(busy.get(row["id"])),
             "volumes": _held(attached.get(row["id"], []))} for row in rows]  # fmt: skip


def _held(attached: Rows) -> Rows:
    """Those that a guest has, or is to have."""
    return [row for row in attached if row["state"] != attachments.RELEASING]


def _task(flow: Row | None) -> Row | None:
    """What an unfinished flow is at, by the name of its step; `soft` is said of reboots, `becomes` is the name of the
    flavor that it will have, if nobody is asked about it."""
    if flow is None:
        return None
    args, unwinding = flow["args"] or {}, flow["state"] != "running"
    return {"kind": flow["kind"], "step": flow["step_name"], "unwinding": unwinding, "soft": args.get("soft", True),
            "becomes": None if unwinding else args.get("becomes")}  # fmt: skip
