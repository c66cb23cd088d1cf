"""Resize, and the two ways out of it: the guest gets another flavor on its host, beside a copy of what it was; on
another host, when its own has no room. Its old disk is kept until its user confirms the new one, or takes it back.
"""

from typing import Any

from nova_like.db import attachments, hosts, instances, moves
from nova_like.flows import facts, moving, relocating
from nova_like.flows.boot import SPAWN_SECONDS
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.flows.start import SETTLES
from nova_like.model import sizes
from nova_like.model.errors import Fault
from nova_like.model.orders import Power
from nova_like.placement.plan import no_valid_host

Row = dict[str, Any]


def claim(work: Work) -> dict[str, Any]:
    """Claim what the new flavor needs beside the old one, or all of it on another host. Raises NoValidHost."""
    row, move, pool = facts.instance(work), moving.present(work), work.parts.compute_pool
    asked = sizes.beside(row, relocating.new(work))
    host = hosts.by_name(work.tx, "compute", row["host"])
    claimed = hosts.claim(work.tx, host["id"], asked, pool.limits_of(host)) if host else None
    if claimed is None:
        if attachments.of_instance(work.tx, work.resource):  # they do not go to another host with it yet
            raise no_valid_host(1, {"claim": 1})
        return relocating.claim(work)
    pool.learn(claimed)
    moves.update(work.tx, move["id"], host=row["host"], **asked)
    move.update(host=row["host"], **asked)
    return {"host": row["host"]}


def unclaim(work: Work) -> None:
    moving.release(work)


def plug(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work, relocating.new(work))})


def plug_back(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work, relocating.old(work))})


def resize(work: Work) -> Send:
    return Send(
        "resize",
        facts.host(work),
        {"guest": facts.made_guest(work, relocating.new(work)), "running": relocating.runs(work)},
    )


def revert(work: Work) -> Send:
    guest = facts.made_guest(work, relocating.old(work))
    return Send("revert_resize", facts.host(work), {"guest": guest, "running": relocating.runs(work)})


def confirm(work: Work) -> Send:
    return Send("confirm_resize", facts.host(work), {"power": Power(work.resource)})


def resized(work: Work) -> dict[str, Any]:
    apart = relocating.is_apart(work)
    moving.change_places(work, moving.present(work)["new_flavor"])
    moves.update(work.tx, moving.present(work)["id"], state=moves.FINISHED)
    event = "stopped" if settles(work) else "resized"
    return relocating.arrived(work, event) if apart else _became(work, event, "resize")


def confirmed(work: Work) -> dict[str, Any]:
    moving.end(work, moves.CONFIRMED)
    return _became(work, _back(work, "confirm_resize"), "confirm_resize")


def reverted(work: Work) -> dict[str, Any]:
    moving.change_places(work, moving.present(work)["old_flavor"])
    moving.end(work, moves.REVERTED)
    return _became(work, _back(work, "revert_resize"), "revert_resize")


def _back(work: Work, step: str) -> str:
    """The event that leads out of a resize: as the guest is found."""
    return "stopped" if work.facts[step].get("power") == "shutdown" else "settled"


def _became(work: Work, event: str, step: str) -> dict[str, Any]:
    found = work.facts[step].get("power", "running")
    instances.apply(work.tx, work.resource, event, power=found, fault=None, **work.ordered)
    return {}


def failed(work: Work, fault: Fault) -> None:
    """The instance is as it was; what the move held goes back. The flow's row tells why."""
    moving.end(work, moves.ERROR)
    instances.touch(work.tx, [work.resource])


def settles(work: Work) -> bool:
    """Whether nobody is to be asked about it: a stopped instance that stays what it is, and is confirmed at once."""
    return bool(work.args.get(SETTLES))


def confirmed_by(work: Work) -> str | None:
    """The kind of flow that confirms it, if it settles."""
    if not settles(work):
        return None
    return "confirm_move" if moves.is_apart(moving.present(work)) else "confirm_resize"


def undecided(work: Work, fault: Fault) -> None:
    """The instance waits for its user's word as before; one that nobody was to be asked about, from now on."""
    if settles(work):
        instances.apply(work.tx, work.resource, "resized")
    instances.touch(work.tx, [work.resource])


RESIZE = Recipe(
    "resize",
    "instance",
    (
        Step("claim", LOCAL, claim, unclaim),
        Step("plug", "network", plug, plug_back, needed=relocating.is_here, leaves="then"),  # what it reads of itself
        Step("resize", "compute", resize, revert, needed=relocating.is_here, working_seconds=SPAWN_SECONDS,
             leaves="then"),
        *relocating.PARKING,
        *relocating.ARRIVING,
        Step("resized", LOCAL, resized),  # the last step: nothing follows it that could fail
    ),
    failed,
    follows=confirmed_by,
)  # fmt: skip
CONFIRM_RESIZE = Recipe(
    "confirm_resize",
    "instance",
    (  # no undo: what is not there any more is confirmed by the next try
        Step("confirm_resize", "compute", confirm),
        Step("confirmed", LOCAL, confirmed),
    ),
    undecided,
)
REVERT_RESIZE = Recipe(
    "revert_resize",
    "instance",
    (  # no undo: the next try goes on where this one stopped
        Step("plug", "network", plug_back),
        Step("revert_resize", "compute", revert, working_seconds=SPAWN_SECONDS),
        Step("reverted", LOCAL, reverted),
    ),
    undecided,
)
