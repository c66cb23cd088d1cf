"""To another host: the guest goes down, its disk travels as an image that is nobody's, and it comes up over there.

Its old host keeps the disk as it was, and nothing that runs, until the user confirms the move or takes it back; so
nothing is lost that way or that. Steps on the new host are named in `tombstones.THERE`.
"""

import dataclasses
from typing import Any

from nova_like.db import images, instances, moves, ports, tombstones
from nova_like.flows import boot, company, facts, moving, power, snapshot
from nova_like.flows.boot import SPAWN_SECONDS
from nova_like.flows.recipe import LOCAL, Send, Step, Work
from nova_like.model import sizes, states
from nova_like.model.orders import Power
from nova_like.placement.hosts import Request

Row = dict[str, Any]
NOBODY = ""  # who owns the image


def old(work: Work) -> Row:
    return moving.resized(facts.instance(work), moving.present(work)["old_flavor"])


def new(work: Work) -> Row:
    return moving.resized(facts.instance(work), moving.present(work)["new_flavor"])


def runs(work: Work) -> bool:
    """Whether the guest is to run: it did when the move was asked for."""
    return bool(moving.present(work)["was"] == states.ACTIVE)


def claim(work: Work) -> Row:
    """Claim all that it will be on another host. Raises NoValidHost."""
    row, move = facts.instance(work), moving.present(work)
    wanted = company.wanted(work.tx, row) | {"host": work.args.get("host")}
    avoid = (row["host"], *(stone["host"] for stone in tombstones.of_resource(work.tx, work.resource)))
    asked: dict[str, Any] = sizes.of(move["new_flavor"])
    host = boot.claim(work, Request(**asked, zone=row["wanted_zone"] or None, avoid=avoid, **wanted))
    held = {"host": host["name"], **asked}
    moves.update(work.tx, move["id"], target=host["name"], **held)
    move.update(held)
    return {"host": host["name"], "zone": host["zone"]}


def is_apart(work: Work) -> bool:
    """Whether it goes to another host. After the claim this is so until the end."""
    return bool(work.facts["claim"]["host"] != facts.host(work))


def is_here(work: Work) -> bool:
    return not is_apart(work)


def _stays(work: Work) -> bool:
    """What follows is no delete, which takes all that is there anyway."""
    return is_apart(work) and work.flow["then"] != "delete"


def _rests(work: Work) -> bool:
    return is_apart(work) and not runs(work)


def _there(work: Work) -> str:
    return str(work.facts["claim"]["host"])


def _moved(work: Work) -> Row:
    """The instance's row as it will be there."""
    return {**new(work), "zone": work.facts["claim"]["zone"]}


# -- the old host


def park(work: Work) -> Send:
    return Send("park", facts.host(work), {"power": Power(work.resource)})


def unpark(work: Work) -> Send:
    return Send("unpark", facts.host(work), {"guest": facts.made_guest(work, old(work)), "running": runs(work)})


def unplug_here(work: Work) -> Send:
    return Send("unplug", facts.host(work), {"plug": facts.bare_plug(work)})


def plug_here(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work, old(work))})


# -- the image on its way


def promise(work: Work) -> None:
    """An image that no user is shown, to be filled by the old host."""
    row = facts.instance(work)
    images.insert(work.tx, {
        "id": work.args["image_id"], "owner_id": NOBODY, "name": f"instance {row['id']} on its way", "hidden": True,
        "visibility": "private", "status": "queued", "disk_format": "qcow2", "container_format": "bare",
    })  # fmt: skip


def forget(work: Work) -> None:
    """The image goes, whole or not."""
    if images.hold(work.tx, work.args["image_id"]) is not None:
        images.delete(work.tx, work.args["image_id"])


# -- the new host


def plug_there(work: Work) -> Send:
    return Send("plug", _there(work), {"plug": facts.plug(work, _moved(work))})


def unplug_there(work: Work) -> Send:
    return Send("unplug", _there(work), {"plug": facts.bare_plug(work)})


def spawn(work: Work) -> Send:
    image = facts.image(work, work.args["image_id"])
    guest = dataclasses.replace(facts.made_guest(work, _moved(work)), image=image)
    return Send("spawn", _there(work), {"guest": guest})


def destroy_there(work: Work) -> Send:
    return Send("destroy", _there(work), {"guest": facts.bare_guest(work)})


def rest(work: Work) -> Send:
    return Send("stop", _there(work), {"power": Power(work.resource)})


def arrived(work: Work, event: str = "resized") -> Row:
    """It is over there, until its user has said what is to become of it."""
    found = work.facts["rest" if "rest" in work.facts else "spawn_there"].get("power", "running")
    instances.apply(work.tx, work.resource, event, power=found, fault=None, **work.ordered)
    ports.activate(work.tx, work.resource, facts.host(work))
    forget(work)
    return {}


PARKING = (
    Step("park", "compute", park, unpark, needed=_stays, leaves="then"),
    dataclasses.replace(snapshot.COPY, needed=_stays),
    Step("promised", LOCAL, promise, forget, needed=is_apart),
    *(dataclasses.replace(step, needed=is_apart) for step in snapshot.SENDING),
    Step("unplug", "network", unplug_here, plug_here, needed=_stays, leaves="then"),
)
ARRIVING = (
    Step("plug_there", "network", plug_there, unplug_there, needed=is_apart, leaves="off"),
    Step("spawn_there", "compute", spawn, destroy_there, needed=is_apart, working_seconds=SPAWN_SECONDS, leaves="off"),
    Step("there", LOCAL, power.anew, needed=_rests),
    Step("rest", "compute", rest, needed=_rests),  # no undo: what is there goes with the step before
)
