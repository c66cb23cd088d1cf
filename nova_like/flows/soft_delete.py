"""Soft delete: the guest goes down, the quota comes back; disk, ports, volumes and host stay, until its owner restores
it or its time is over.

A host that is away is waited for: there is nothing that could stop the guest meanwhile. A delete waits for nobody.
"""

import dataclasses
from typing import Any

from nova_like.db import instances, quotas
from nova_like.db.schema import db_now
from nova_like.flows import facts, power, renewing, resize
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model import sizes, states
from nova_like.model.errors import Fault
from nova_like.model.orders import Power

FOREVER = 1 << 30
RUNS = (states.ACTIVE, states.PAUSED, states.RESCUED, states.RESIZED, states.ERROR)  # in these, a guest may


def _is(state: str) -> Any:
    def found(work: Work) -> bool:
        return bool(facts.instance(work)["state"] == state)

    return found


def _may_run(work: Work) -> bool:
    return facts.instance(work)["state"] in RUNS and bool(facts.host(work))


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
    return facts.instance(work)["state"] == states.STOPPED


def restored(work: Work) -> dict[str, Any]:
    found = work.facts["start"].get("power", "running")
    instances.move(work.tx, work.resource, "started", power=found, fault=None, **work.ordered)
    return {}


def failed(work: Work, fault: Fault) -> None:
    """It is down, and its owner may start it. The flow's row tells why."""
    instances.touch(work.tx, [work.resource])


def _waited_for(step: Step, state: str) -> Step:
    """A step of another recipe, for an instance in one state; asked for until it is done."""
    needed = step.needed
    return dataclasses.replace(
        step, undo=None, needed=lambda work: _is(state)(work) and needed(work), deadline_seconds=float("inf"),
        retries=FOREVER, leaves="then",
    )  # fmt: skip


SOFT = Recipe(
    "soft_delete",
    "instance",
    (  # goes forward only: what was asked for in any state comes about in any
        *(_waited_for(step, states.RESIZED) for step in resize.CONFIRM_RESIZE.steps),
        *(_waited_for(step, states.RESCUED) for step in renewing.UNRESCUE.steps if step.where != LOCAL),
        Step("halt", "compute", halt, needed=_may_run, deadline_seconds=float("inf"), retries=FOREVER, leaves="then"),
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
