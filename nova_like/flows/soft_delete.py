"""Soft delete: the guest goes down, the quota comes back; disk, ports, volumes and host stay, until its owner restores
it or its time is over.

A host that is away is waited for: there is nothing that could stop the guest meanwhile. A delete waits for nobody.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from nova_like.db import instances, moves, quotas
from nova_like.db.schema import db_now
from nova_like.flows import facts, migrate, moving, power, renewing, resize
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Send, Step, Work
from nova_like.model import sizes, states
from nova_like.model.errors import Fault
from nova_like.model.orders import Power

RUNS = (states.ACTIVE, states.PAUSED, states.RESCUED, states.RESIZED, states.ERROR)  # in these, a guest may


def _resized(work: Work) -> bool:
    """Whether a resize waits for its word, on the guest's own host."""
    return _waits_for_its_word(work, apart=False) and not _was_taken_back(work)


def _reverted(work: Work) -> bool:
    """Whether its user has taken it back already, and this has cut that off: the host may have what was before."""
    return _waits_for_its_word(work, apart=False) and _was_taken_back(work)


def _moved(work: Work) -> bool:
    """Whether a move to another host waits for its word. Neither way out of one is ever cut off."""
    return _waits_for_its_word(work, apart=True) and moving.is_apart(work)


def _waits_for_its_word(work: Work, apart: bool) -> bool:
    move = moving.known(work) if _state(work) == states.RESIZED else None
    return move is not None and moves.is_apart(move) == apart


def _was_taken_back(work: Work) -> bool:
    return bool(work.args.get("after") == resize.REVERT_RESIZE.kind)


def _rescued(work: Work) -> bool:
    return _state(work) == states.RESCUED


def _state(work: Work) -> str:
    return str(facts.instance(work)["state"])


def _may_run(work: Work) -> bool:
    """Of one that has been resized, too, once that was confirmed: it may run still. So may any that something was
    being done with (`after`: the kind of the flow that this has cut off)."""
    return (_state(work) in RUNS or bool(work.args.get("after"))) and bool(facts.host(work))


def halt(work: Work) -> Send:
    """Its user has done with it: it is not asked first."""
    return Send("stop", facts.host(work), {"power": Power(work.resource, soft=False)})


def soft_deleted(work: Work) -> dict[str, Any]:
    row, found = facts.instance(work), work.facts.get("halt", {})
    values = {"power": found.get("power", row["power"]), "deleted_at": db_now(), **work.ordered}
    if instances.move(work.tx, work.resource, "soft_deleted", fault=None, **values):
        quotas.give(work.tx, row["project_id"], sizes.counted(row))
    return {}


def _stands(work: Work) -> bool:
    """Whether it is to run: what was shelved is shelved again."""
    return _state(work) == states.STOPPED


def restored(work: Work) -> dict[str, Any]:
    found = work.facts["start"].get("power", "running")
    instances.apply(work.tx, work.resource, "started", power=found, fault=None, **work.ordered)
    return {}


def failed(work: Work, fault: Fault) -> None:
    """It is down, and its owner may start it. The flow's row tells why."""
    instances.touch(work.tx, [work.resource])


def _waited_for(step: Step, needed: Callable[[Work], bool]) -> Step:
    """A step of another recipe, where it is `needed`; asked for until it is done."""
    return dataclasses.replace(step, undo=None, needed=needed, leaves="then", **FOREVER)


SOFT = Recipe(
    "soft_delete",
    "instance",
    (  # goes forward only: what was asked for in any state comes about in any
        *(_waited_for(step, _resized) for step in resize.CONFIRM_RESIZE.steps),
        *(_waited_for(step, _reverted) for step in resize.REVERT_RESIZE.steps),
        dataclasses.replace(migrate.CLEAR, needed=_moved),  # it stays where it is now
        Step("moved", LOCAL, migrate.confirmed, needed=_moved),
        *(_waited_for(step, _rescued) for step in renewing.UNRESCUE.steps if step.where != LOCAL),
        Step("halt", "compute", halt, needed=_may_run, leaves="then", **FOREVER),
        Step("soft_deleted", LOCAL, soft_deleted),
    ),
    failed,
    cancellable=False,
)
RESTORE = Recipe(
    "restore",
    "instance",
    (  # the quota is taken again, and the row is that of a stopped one, before it begins
        Step("start", "compute", power.start, needed=_stands),
        Step("restored", LOCAL, restored, needed=_stands),
    ),
    failed,
)
