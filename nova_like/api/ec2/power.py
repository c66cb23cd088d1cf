"""StartInstances, StopInstances, RebootInstances and TerminateInstances: every id and every state is looked at before
anything changes."""

from collections.abc import Callable
from typing import Any

from nova_like.api.ec2 import ids, instance_view, instances
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.instance_state import (
    PENDING,
    RUNNING,
    SHUTTING_DOWN,
    STOPPED,
    STOPPING,
    TERMINATED,
    name,
)
from nova_like.api.ec2.refused import Refused, missing
from nova_like.model import options

Row = dict[str, Any]


def start(call: Call) -> dict[str, Any]:
    """Stopped ones become pending; running and starting ones stay as they are."""
    rows = _ready(call, (STOPPED,), (PENDING, RUNNING), "started")
    return {"StartingInstances": _apply(call, rows, STOPPED, PENDING, call.services.instances.start)}


def stop(call: Call) -> dict[str, Any]:
    """Running ones become stopping; stopped and stopping ones stay as they are."""
    if call.get("Hibernate"):
        raise Refused("UnsupportedHibernationConfiguration", "Hibernation is not supported.")
    rows = _ready(call, (RUNNING,), (STOPPING, STOPPED), "stopped")
    for row in filter(_rebooting, rows):
        raise _wrong_state(row, "stopped")
    return {"StoppingInstances": _apply(call, rows, RUNNING, STOPPING, call.services.instances.stop)}


def reboot(call: Call) -> None:
    """Running ones restart softly; those that are restarting already do no more than that."""
    for row in _ready(call, (RUNNING,), (), "rebooted"):
        if not _rebooting(row):
            call.services.instances.reboot(call.ctx, row["id"], soft=True)


def terminate(call: Call) -> dict[str, Any]:
    """Whatever they are, they go; those that have gone stay so."""
    changes = []
    rows = _ready(call, (PENDING, RUNNING, STOPPING, STOPPED, SHUTTING_DOWN, TERMINATED), (), "terminated")
    for row in rows:
        _refuse_protected(row)
    for row in rows:
        now = TERMINATED if row["state"] == "deleted" else SHUTTING_DOWN
        if row["state"] != "deleted" and row.get("wanted") != "deleted":
            call.services.instances.delete(call.ctx, row["id"])
        changes.append(instance_view.change(row, now))
    return {"TerminatingInstances": changes}


def _ready(call: Call, from_states: tuple[str, ...], same: tuple[str, ...], verb: str) -> list[Row]:
    """The rows named by InstanceIds. Raises Refused when one is not there, or is in no state for this."""
    if not call.get("InstanceIds"):
        raise missing("InstanceId")
    rows = instances.find(call, call.params["InstanceIds"])
    for row in rows:
        if name(row) not in from_states + same:
            raise _wrong_state(row, verb)
    return rows


def _refuse_protected(row: Row) -> None:
    if options.of_row(row).protected and row.get("wanted") != "deleted" and row["state"] != "deleted":
        shown = ids.show("instance", row["id"])
        text = f"The instance '{shown}' may not be terminated. Modify its 'disableApiTermination' instance attribute."
        raise Refused("OperationNotPermitted", text)


def _rebooting(row: Row) -> bool:
    return bool(row.get("task")) and row["task"]["kind"] == "reboot"


def _wrong_state(row: Row, verb: str) -> Refused:
    shown = ids.show("instance", row["id"])
    text = f"The instance '{shown}' is not in a state from which it can be {verb}."
    return Refused("IncorrectInstanceState", text)


def _apply(call: Call, rows: list[Row], before: str, after: str, verb: Callable[..., Any]) -> list[dict[str, Any]]:
    changes = []
    for row in rows:
        present = name(row)
        if present == before:
            verb(call.ctx, row["id"])
        changes.append(instance_view.change(row, after if present == before else present))
    return changes
