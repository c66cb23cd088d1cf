"""Cold migration, and the two ways out of a move to another host, resizes included.

Both only go forward: half of either could be neither confirmed nor taken back. A delete that comes meanwhile does not
wait for a host that is away; nor does either for one that is fenced, whose part is left to a tombstone.
"""

from typing import Any

from nova_like.db import instances, moves, ports
from nova_like.flows import facts, moving, relocating
from nova_like.flows.boot import SPAWN_SECONDS
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Send, Step, Work
from nova_like.flows.resize import failed, unclaim, undecided


def migrated(work: Work) -> dict[str, Any]:
    moving.change_places(work, moving.present(work)["new_flavor"])
    moves.update(work.tx, moving.present(work)["id"], state=moves.FINISHED)
    return relocating.arrived(work)


def destroy_there(work: Work) -> Send:
    """What the move has kept."""
    return Send("destroy", moving.other(work), {"guest": facts.bare_guest(work)})


def unplug_there(work: Work) -> Send:
    return Send("unplug", moving.other(work), {"plug": facts.bare_plug(work)})


def confirmed(work: Work) -> dict[str, Any]:
    power = str(facts.instance(work)["power"])
    moving.end(work, moves.CONFIRMED)
    instances.apply(work.tx, work.resource, "stopped" if power == "shutdown" else "settled", fault=None)
    return {}


def returned(work: Work) -> dict[str, Any]:
    """From here on the guest is where it was; what it became is held by the move, for as long as it is not gone."""
    moving.change_places(work, moving.present(work)["old_flavor"])
    return {}


def plug_back(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work)})


def unpark(work: Work) -> Send:
    return Send("unpark", facts.host(work), {"guest": facts.made_guest(work), "running": relocating.runs(work)})


def reverted(work: Work) -> dict[str, Any]:
    power = work.facts.get("unpark", {}).get("power", "shutdown")
    moving.end(work, moves.REVERTED)
    event = "settled" if power == "running" else "stopped"
    instances.apply(work.tx, work.resource, event, power=power, fault=None, **work.ordered)
    ports.activate(work.tx, work.resource, facts.host(work))
    return {}


def _forward(name: str, kind: str, do: Any, **more: Any) -> Step:
    return Step(name, kind, do, **{"leaves": "then", **FOREVER, **more})


CLEAR = _forward("clear", "compute", destroy_there, leaves="off")
MIGRATE = Recipe(
    "migrate",
    "instance",
    (
        Step("claim", LOCAL, relocating.claim, unclaim),
        *relocating.PARKING,
        *relocating.ARRIVING,
        Step("migrated", LOCAL, migrated),  # the last step: nothing follows it that could fail
    ),
    failed,
)
CONFIRM_MOVE = Recipe(
    "confirm_move",
    "instance",
    (  # no undo: it only goes forward
        CLEAR,
        Step("confirmed", LOCAL, confirmed),
    ),
    undecided,
    cancellable=False,
)
REVERT_MOVE = Recipe(
    "revert_move",
    "instance",
    (  # no undo: it only goes forward. Nothing runs where it was before all is gone where it is
        Step("returned", LOCAL, returned),
        CLEAR,
        _forward("clear_ports", "network", unplug_there, leaves="off"),
        _forward("plug", "network", plug_back),
        _forward("unpark", "compute", unpark, working_seconds=SPAWN_SECONDS),
        Step("reverted", LOCAL, reverted),
    ),
    undecided,
    cancellable=False,
)
