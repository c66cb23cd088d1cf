"""States of instances and volumes as tables (state, event) -> state. A repository's update enforces the row's part."""

from collections.abc import Mapping
from typing import Any

from nova_like.model.errors import Conflict

BUILDING, ACTIVE, STOPPED, ERROR, DELETED = "building", "active", "stopped", "error", "deleted"
PAUSED, SUSPENDED, RESCUED, RESIZED = "paused", "suspended", "rescued", "resized"
SHELVED, OFFLOADED = "shelved", "offloaded"  # its disk is an image, beside its host's or instead of it
SOFT_DELETED = "soft_deleted"  # down, and waits for its end: until then its owner may have it back
_LIVE = (BUILDING, ACTIVE, STOPPED, ERROR, PAUSED, SUSPENDED, RESCUED, RESIZED, SHELVED, OFFLOADED)
_SETTLED = tuple(state for state in _LIVE if state not in (BUILDING, RESIZED, SHELVED, OFFLOADED))

INSTANCE: dict[tuple[str, str], str] = {
    (BUILDING, "booted"): ACTIVE,
    (BUILDING, "failed"): ERROR,
    (ACTIVE, "stopped"): STOPPED,
    (STOPPED, "stopped"): STOPPED,
    (ACTIVE, "started"): ACTIVE,
    (STOPPED, "started"): ACTIVE,
    (PAUSED, "stopped"): STOPPED,
    (SUSPENDED, "stopped"): STOPPED,
    **{(state, "rebooted"): ACTIVE for state in (ACTIVE, STOPPED, ERROR, PAUSED, SUSPENDED)},
    (ACTIVE, "paused"): PAUSED,
    (PAUSED, "unpaused"): ACTIVE,
    (ACTIVE, "suspended"): SUSPENDED,
    (PAUSED, "suspended"): SUSPENDED,
    (SUSPENDED, "resumed"): ACTIVE,
    **{(state, "rescued"): RESCUED for state in (ACTIVE, STOPPED, ERROR)},
    (RESCUED, "unrescued"): ACTIVE,
    (RESCUED, "seen"): RESCUED,
    (RESIZED, "seen"): RESIZED,
    **{(state, "rebuilt"): ACTIVE for state in (ACTIVE, STOPPED, ERROR)},
    (ACTIVE, "resized"): RESIZED,
    (STOPPED, "resized"): RESIZED,
    **{(state, "evacuated"): ACTIVE for state in (ACTIVE, STOPPED, ERROR)},
    **{(state, "evacuated_down"): STOPPED for state in (ACTIVE, STOPPED, ERROR)},
    (RESIZED, "settled"): ACTIVE,  # confirmed or reverted
    (RESIZED, "stopped"): STOPPED,
    **{(state, "shelved"): SHELVED for state in (ACTIVE, STOPPED, PAUSED, SUSPENDED)},
    (SHELVED, "offloaded"): OFFLOADED,
    (SHELVED, "unshelved"): ACTIVE,
    (OFFLOADED, "unshelved"): ACTIVE,
    **{(state, "broken"): ERROR for state in _LIVE},
    **{(state, "soft_deleted"): SOFT_DELETED for state in _LIVE if state not in (BUILDING, RESIZED)},
    (SOFT_DELETED, "restored"): STOPPED,
    (SOFT_DELETED, "restored_shelved"): SHELVED,
    (SOFT_DELETED, "restored_offloaded"): OFFLOADED,
    **{(state, "deleted"): DELETED for state in (*_LIVE, SOFT_DELETED)},
    # an operator's word, where the state is known to be wrong
    **{(state, "said_active"): ACTIVE for state in _SETTLED},
    **{(state, "said_broken"): ERROR for state in _SETTLED},
}

# which states let a user ask for what
ALLOWS: dict[str, frozenset[str]] = {
    "start": frozenset({STOPPED}),
    "stop": frozenset({ACTIVE, ERROR}),
    "reboot_soft": frozenset({ACTIVE}),
    "reboot_hard": frozenset({ACTIVE, STOPPED, ERROR, PAUSED, SUSPENDED}),
    "pause": frozenset({ACTIVE}),
    "unpause": frozenset({PAUSED}),
    "suspend": frozenset({ACTIVE}),
    "resume": frozenset({SUSPENDED}),
    "rescue": frozenset({ACTIVE, STOPPED, ERROR}),
    "unrescue": frozenset({RESCUED}),
    "rebuild": frozenset({ACTIVE, STOPPED, ERROR}),
    **dict.fromkeys(("snapshot", "backup", "shelve"), frozenset({ACTIVE, STOPPED, PAUSED, SUSPENDED})),
    **dict.fromkeys(("resize", "migrate"), frozenset({ACTIVE, STOPPED})),
    "retype": frozenset({STOPPED}),
    "evacuate": frozenset({ACTIVE, STOPPED, ERROR}),
    "confirm_resize": frozenset({RESIZED}),
    "revert_resize": frozenset({RESIZED}),
    "console": frozenset({ACTIVE, PAUSED, RESCUED, RESIZED, ERROR}),
    "set_password": frozenset({ACTIVE}),
    "shelve_offload": frozenset({SHELVED}),
    "unshelve": frozenset({SHELVED, OFFLOADED}),
    "restore": frozenset({SOFT_DELETED}),
    "attach": frozenset({ACTIVE, STOPPED, PAUSED, RESIZED}),
    "detach": frozenset({ACTIVE, STOPPED, RESIZED}),  # a guest that stands still lets go of nothing
}

VOLUME: dict[tuple[str, str], str] = {
    ("creating", "created"): "available",
    ("creating", "created_for"): "attaching",  # an instance waits for it
    ("creating", "failed"): "error",
    **{(state, "delete"): "deleting" for state in ("creating", "available", "error", "deleting")},
    ("deleting", "deleted"): "deleted",
    ("available", "attach"): "attaching",
    ("attaching", "attached"): "in-use",
    ("in-use", "detach"): "detaching",
    ("detaching", "kept"): "in-use",  # its guest did not let go of it
    **{(state, "let_go"): "detaching" for state in ("attaching", "in-use", "detaching")},
    ("detaching", "released"): "available",
    **{(state, "dropped"): "deleting" for state in ("detaching", "error")},
}


def sources(table: dict[tuple[str, str], str], event: str) -> dict[str, str]:
    """{present state: next state} for an event: what the update's condition is made from."""
    return {state: after for (state, name), after in table.items() if name == event}


def is_up(host: Mapping[str, Any], down_seconds: float) -> bool:
    """Whether a host (its row with `silent_seconds`) may be counted on: heard of lately, answering, not said to be
    down."""
    silent = host["silent_seconds"]
    return silent is not None and silent < down_seconds and not host.get("forced") and not host.get("deaf")


def require(verb: str, instance_id: str, state: str) -> None:
    """Raise Conflict (code `state`) unless an instance in `state` lets a user ask for `verb`."""
    if state not in ALLOWS[verb]:
        name = verb.split("_")[0]
        raise Conflict(
            f"Cannot '{name}' instance {instance_id} while it is in vm_state {state}", "instance",
            code="state", id=instance_id, state=state, verb=name,
        )  # fmt: skip
