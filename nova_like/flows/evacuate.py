"""Evacuate: an instance of a machine that is off comes up on another one, out of its image; its disk is lost.

Nothing is asked of the old host. When it is back, a tombstone has it purge what the instance was there.
"""

from typing import Any

from nova_like.db import instances, moves, ports
from nova_like.db.schema import db_now
from nova_like.flows import facts, moving, relocating, tombstones
from nova_like.flows.recipe import LOCAL, Recipe, Step, Work
from nova_like.flows.resize import failed, unclaim


def evacuated(work: Work) -> dict[str, Any]:
    found = work.facts["rest" if "rest" in work.facts else "spawn_there"].get("power", "running")
    tombstones.leave_evacuated(work, facts.host(work))
    moving.change_places(work, moving.present(work)["new_flavor"])
    moving.end(work, moves.DONE)
    event = "evacuated_down" if "rest" in work.facts else "evacuated"
    instances.apply(work.tx, work.resource, event, power=found, fault=None, launched_at=db_now(), **work.ordered)
    ports.activate(work.tx, work.resource, facts.host(work))
    return {}


EVACUATE = Recipe(
    "evacuate",
    "instance",
    (
        Step("claim", LOCAL, relocating.claim, unclaim),
        *relocating.ARRIVING,
        Step("evacuated", LOCAL, evacuated),  # the last step: nothing follows it that could fail
    ),
    failed,
)
