"""What users read of an instance's state: status, task state, power number. All derived, nothing stored."""

from typing import Any

from nova_like.model import states
from nova_like.model.commands import Doing

STATUS = {
    states.BUILDING: "BUILD", states.ACTIVE: "ACTIVE", states.STOPPED: "SHUTOFF", states.ERROR: "ERROR",
    states.DELETED: "DELETED", states.PAUSED: "PAUSED", states.SUSPENDED: "SUSPENDED", states.RESCUED: "RESCUE",
    states.RESIZED: "VERIFY_RESIZE", states.SHELVED: "SHELVED", states.OFFLOADED: "SHELVED_OFFLOADED",
    states.SOFT_DELETED: "SOFT_DELETED",
}  # fmt: skip
STATES = {status: state for state, status in STATUS.items()}
# those that OpenStack calls otherwise
VM_STATES = {states.OFFLOADED: "shelved_offloaded", states.SOFT_DELETED: "soft-delete"}
# all that a client may filter by; those that no instance of ours is ever in find nothing
KNOWN = {*STATES, "REBOOT", "HARD_REBOOT", "RESIZE", "REVERT_RESIZE", "MIGRATING", "PASSWORD",
         "REBUILD", "UNKNOWN"}  # fmt: skip
POWER = {"": 0, "running": 1, "paused": 3, "shutdown": 4, "crashed": 6, "suspended": 7}
BOOT_STEPS = {  # of a flow that nobody has looked at yet the step has no name
    "": "scheduling", "place": "scheduling", "plug": "networking", "spawn": "spawning",
    **dict.fromkeys(("filled", "export", "exported"), "block_device_mapping"),
}  # fmt: skip
COPYING, SENDING = "image_snapshot", "image_uploading"
SNAPSHOT_STEPS = {
    "": "image_snapshot_pending", "promised": "image_snapshot_pending", "halt": COPYING, "copy": COPYING,
    "run": COPYING, "upload": SENDING, "sent": SENDING, "drop": SENDING, "snapshotted": SENDING,
}  # fmt: skip
PREPARING, MIGRATING, FINISHING = "resize_prep", "resize_migrating", "resize_finish"
RESIZE_STEPS = {
    "": PREPARING, "claim": PREPARING, "plug": MIGRATING, "resize": FINISHING, "park": MIGRATING, "copy": MIGRATING,
    "promised": MIGRATING, "upload": MIGRATING, "sent": MIGRATING, "drop": MIGRATING, "unplug": "resize_migrated",
    "plug_there": FINISHING, "spawn_there": FINISHING, "there": FINISHING, "rest": FINISHING,
}  # fmt: skip
SHELVE_STEPS = {
    "": "shelving", "promised": "shelving", "halt": "shelving", "copy": "shelving_image_pending_upload",
    "upload": "shelving_image_uploading", "sent": "shelving_image_uploading", "drop": "shelving_image_uploading",
    "down": "shelving", "shelved": "shelving",
}  # fmt: skip
UNSHELVE_STEPS = {"": "unshelving", "place": "unshelving", "plug": "unshelving", "spawn": "spawning"}
UNSHELVE_STEPS |= {"start": "unshelving", "unshelved": "spawning"}
BY_STEP = {"boot": BOOT_STEPS, "resize": RESIZE_STEPS, "migrate": RESIZE_STEPS, "snapshot": SNAPSHOT_STEPS,
           "shelve": SHELVE_STEPS, "unshelve": UNSHELVE_STEPS}  # fmt: skip
TASKS = {
    "start": "powering-on", "stop": "powering-off", "delete": "deleting", "pause": "pausing", "unpause": "unpausing",
    "suspend": "suspending", "resume": "resuming", "rescue": "rescuing", "unrescue": "unrescuing",
    "rebuild": "rebuilding", "backup": "image_backup", "revert_resize": "resize_reverting",
    "shelve_offload": "shelving_offloading", "soft_delete": "soft-deleting", "restore": "restoring",
    "revert_move": "resize_reverting", "evacuate": "rebuilding",
}  # fmt: skip
BUSY = {  # status meanwhile
    "rebuild": "REBUILD", "evacuate": "REBUILD", "resize": "RESIZE", "migrate": "RESIZE",
    "revert_resize": "REVERT_RESIZE", "revert_move": "REVERT_RESIZE",
}  # fmt: skip


def task(instance: dict[str, Any]) -> str | None:
    """`task_state`: None when nothing is going on, or nothing that OpenStack has a word for."""
    if instance["state"] == states.DELETED:
        return None
    if instance.get("wanted") == "deleted":
        return "deleting"
    now = instance.get("task")
    if not now or now.get("unwinding"):
        return None
    if now["kind"] in BY_STEP:
        return BY_STEP[now["kind"]].get(now["step"])
    if now["kind"] == "reboot":
        return "rebooting" if _soft(now) else "rebooting_hard"
    return TASKS.get(now["kind"])


def doing(task_state: str) -> list[Doing]:
    """What instances of a `task_state` are at: the opposite of `task`. Empty: none is ever so."""
    found = {kind: tuple(step for step, word in steps.items() if word == task_state) for kind, steps in BY_STEP.items()}
    reboots = {"rebooting": True, "rebooting_hard": False}
    return [
        *(Doing(kind, steps) for kind, steps in found.items() if steps),
        *([Doing("reboot", soft=reboots[task_state])] if task_state in reboots else []),
        *(Doing(kind) for kind, word in TASKS.items() if word == task_state),
    ]


def vm_state(instance: dict[str, Any]) -> str:
    """`vm_state`: our own name of the state, but for those that OpenStack calls otherwise."""
    return VM_STATES.get(instance["state"], instance["state"])


def _soft(now: dict[str, Any]) -> bool:
    return bool(now.get("soft", True))


def status(instance: dict[str, Any]) -> str:
    """ACTIVE, SHUTOFF, ...; one that is being rebooted, rebuilt or resized has a status of that."""
    now = instance.get("task") or {}
    if now.get("kind") in BUSY and not now.get("unwinding") and instance.get("wanted") != "deleted":
        return BUSY[now["kind"]]
    if now.get("kind") == "reboot" and instance["state"] != states.DELETED:
        return "REBOOT" if _soft(now) else "HARD_REBOOT"
    return STATUS[instance["state"]]


def power(instance: dict[str, Any]) -> int:
    return POWER.get(instance.get("power") or "", 0)
