"""Amazon's six instance states, from ours: state, running task, wanted and power."""

from typing import Any

PENDING, RUNNING, SHUTTING_DOWN = "pending", "running", "shutting-down"
TERMINATED, STOPPING, STOPPED = "terminated", "stopping", "stopped"
CODES = {PENDING: 0, RUNNING: 16, SHUTTING_DOWN: 32, TERMINATED: 48, STOPPING: 64, STOPPED: 80}
_TASKS = {"boot": PENDING, "start": PENDING, "stop": STOPPING, "delete": SHUTTING_DOWN, "shelve": STOPPING,
          "unshelve": PENDING, "soft_delete": SHUTTING_DOWN, "restore": PENDING}  # fmt: skip
_STATES = {  # what has its memory, running or not, and what has it not
    "building": PENDING, "active": RUNNING, "stopped": STOPPED, "deleted": TERMINATED, "paused": RUNNING,
    "rescued": RUNNING, "suspended": STOPPED, "shelved": STOPPED, "offloaded": STOPPED,
    "soft_deleted": SHUTTING_DOWN,  # its network and volumes are still its own
}  # fmt: skip
VISIBLE_SECONDS = 3600.0  # how long terminated instances are shown

Row = dict[str, Any]


def name(row: Row) -> str:
    """The state as Amazon names it. A boot that failed is an instance that has terminated."""
    if row["state"] == "deleted":
        return TERMINATED
    if row.get("wanted") == "deleted":
        return SHUTTING_DOWN
    task = row.get("task")
    if task and task.get("kind") in _TASKS:
        return _TASKS[task["kind"]]
    if row["state"] in ("error", "resized"):
        return _by_power(row)
    return _STATES.get(row["state"], PENDING)


def _by_power(row: Row) -> str:
    if not row.get("launched_at"):
        return TERMINATED
    return RUNNING if row.get("power") == "running" else STOPPED


def state(name: str) -> dict[str, Any]:
    """An InstanceState: code and name."""
    return {"Code": CODES[name], "Name": name}


def reason(row: Row) -> dict[str, str] | None:
    """The StateReason of an instance that failed, or that its owner stopped or terminated."""
    fault = row.get("fault")
    if row["state"] == "error" and fault:
        code = "Server.InsufficientInstanceCapacity" if fault.get("kind") == "NoValidHost" else "Server.InternalError"
        return {"Code": code, "Message": f"{code}: {fault.get('reason', '')}"}
    if name(row) in (SHUTTING_DOWN, TERMINATED):
        text = "Client.UserInitiatedShutdown"
        return {"Code": text, "Message": f"{text}: User initiated shutdown"}
    return None
