"""Rescue, unrescue and rebuild: the guest's run ends, and another begins from another disk."""

import dataclasses
from typing import Any

from nova_like.db import instances
from nova_like.db.schema import db_now
from nova_like.flows import facts, power
from nova_like.flows.boot import SPAWN_SECONDS, plug
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model import errors
from nova_like.model.errors import Fault


def rescue(work: Work) -> Send:
    guest = dataclasses.replace(facts.guest(work), rescue=facts.image(work, work.args["image_id"]))
    return Send("rescue", facts.host(work), {"guest": guest})


def unrescue(work: Work) -> Send:
    return Send("unrescue", facts.host(work), {"guest": facts.made_guest(work)})


def rescued(work: Work) -> dict[str, Any]:
    return _became(work, "rescued", work.facts["rescue"])


def unrescued(work: Work) -> dict[str, Any]:
    return _became(work, "unrescued", work.facts["unrescue"])


def rebuild(work: Work) -> Send:
    return Send("rebuild", facts.host(work), {"guest": facts.guest(work)})


def _is_to_stop(work: Work) -> bool:
    return bool(work.args.get("stopped"))


def rebuilt(work: Work) -> dict[str, Any]:
    event, step = ("stopped", "halt") if _is_to_stop(work) else ("rebuilt", "rebuild")
    return _became(work, event, work.facts[step], launched_at=db_now())


def _became(work: Work, event: str, found: dict[str, Any], **values: Any) -> dict[str, Any]:
    power = found.get("power", "running")
    instances.apply(work.tx, work.resource, event, power=power, fault=None, **values, **work.ordered)
    return {}


def broken(work: Work, fault: Fault) -> None:
    """Its old disk may be gone: only its owner can say what is to be done with it."""
    instances.apply(work.tx, work.resource, "broken", fault=errors.to_dict(fault))


RESCUE = Recipe(
    "rescue",
    "instance",
    (
        Step("rescue", "compute", rescue, unrescue, working_seconds=SPAWN_SECONDS, leaves="then"),
        Step("rescued", LOCAL, rescued),
    ),
    power.failed,
)
UNRESCUE = Recipe(
    "unrescue",
    "instance",
    (Step("unrescue", "compute", unrescue), Step("unrescued", LOCAL, unrescued)),  # tried again by its user
    power.failed,
)
REBUILD = Recipe(
    "rebuild",
    "instance",
    (  # no undo: the old disk is not kept
        Step("plug", "network", plug),  # what the guest reads of itself may be new
        Step("rebuild", "compute", rebuild, working_seconds=SPAWN_SECONDS),
        Step("renewed", LOCAL, power.anew, needed=_is_to_stop),
        Step("halt", "compute", power.stop, needed=_is_to_stop),
        Step("rebuilt", LOCAL, rebuilt),
    ),
    broken,
)
