"""Shelve, offload, unshelve: the guest's disk becomes an image, its host is free of it, and the image a guest again.

Ports and addresses stay the instance's all the time; while it is offloaded they are on no host. The image goes when the
guest is back, or with the instance.
"""

import dataclasses
from typing import Any

from nova_like.db import images, instances, ports, tombstones
from nova_like.db.schema import db_now
from nova_like.flows import boot, company, facts, power, snapshot
from nova_like.flows.boot import SPAWN_SECONDS
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Send, Step, Work
from nova_like.flows.tombstones import leave_instance
from nova_like.model import states
from nova_like.placement.hosts import Request


def _ran(work: Work) -> bool:
    """Whether the guest is down while it is copied, and runs again if nothing comes of it."""
    return bool(work.args["was"] == states.ACTIVE and work.flow["then"] != "delete")


def _stood(work: Work) -> bool:
    """Whether it has memory that would be lost if nothing came of it: then it goes down last."""
    return work.args["was"] in (states.PAUSED, states.SUSPENDED)


def shelved(work: Work) -> dict[str, Any]:
    values = {"power": "shutdown", "fault": None, "shelved_image_id": work.args["image_id"]}
    instances.apply(work.tx, work.resource, "shelved", **values, **work.ordered)
    return {}


def _offloads(work: Work) -> str | None:
    return "shelve_offload" if work.parts.offload_seconds == 0 else None


def unpromised(work: Work) -> None:
    """The image goes, whole or not: the guest is where it was."""
    _remove(work, work.args["image_id"])


def forget(work: Work) -> None:
    """The end of what an instance was shelved as, if it was."""
    if image_id := facts.instance(work)["shelved_image_id"]:
        _remove(work, image_id)


def _remove(work: Work, image_id: str) -> None:
    row = images.hold(work.tx, image_id)
    if row is not None and not row["protected"]:
        images.delete(work.tx, image_id)


def offloaded(work: Work) -> dict[str, Any]:
    leave_instance(work)
    instances.apply(work.tx, work.resource, "offloaded", host=None, zone="", power="", fault=None)
    ports.idle(work.tx, work.resource)
    return {}


def _is_offloaded(work: Work) -> bool:
    return bool(work.args["offloaded"])


def _is_there(work: Work) -> bool:
    return not _is_offloaded(work)


def place(work: Work) -> dict[str, Any]:
    """As a boot's, but for the host that was wished for then, and hosts that have not let go of it. Raises
    NoValidHost."""
    row = facts.instance(work)
    wanted = company.wanted(work.tx, row) | {"host": work.args.get("host")}
    avoid = tuple(stone["host"] for stone in tombstones.of_resource(work.tx, work.resource))
    request = Request(row["vcpus"], row["ram_mib"], row["disk_gib"], row["wanted_zone"] or None, avoid=avoid, **wanted)
    return boot.settle(work, boot.claim(work, request))


def spawn(work: Work) -> Send:
    image = facts.image(work, str(work.args["image_id"]))
    return Send("spawn", facts.host(work), {"guest": dataclasses.replace(facts.made_guest(work), image=image)})


def unshelved(work: Work) -> dict[str, Any]:
    found = work.facts["spawn" if _is_offloaded(work) else "start"].get("power", "running")
    instances.apply(work.tx, work.resource, "unshelved", power=found, fault=None, launched_at=db_now(),
                   shelved_image_id=None, **work.ordered)  # fmt: skip
    ports.activate(work.tx, work.resource, facts.host(work))
    _remove(work, work.args["image_id"])
    return {}


SHELVE = Recipe(
    "shelve",
    "instance",
    (
        snapshot.PROMISED,
        Step("halt", "compute", power.stop, power.start, needed=_ran),
        snapshot.COPY,
        *snapshot.SENDING,
        Step("down", "compute", power.stop, needed=_stood),  # no undo: what it had in memory is lost
        Step("shelved", LOCAL, shelved),  # the last step: nothing follows it that could fail
    ),
    power.failed,
    undone=unpromised,
    follows=_offloads,
)
SHELVE_OFFLOAD = Recipe(
    "shelve_offload",
    "instance",
    (  # no undo: the image has all that goes here. A host that is away is waited for, unless it is fenced or a delete
        # follows
        Step("destroy", "compute", boot.destroy, leaves="off", **FOREVER),
        Step("unplug", "network", boot.unplug, leaves="off", **FOREVER),
        Step("offloaded", LOCAL, offloaded),
    ),
    power.failed,
    cancellable=False,
)
UNSHELVE = Recipe(
    "unshelve",
    "instance",
    (  # a host that goes away is waited for: it may run the guest, whose addresses no other host may have meanwhile
        Step("place", LOCAL, place, boot.displace, needed=_is_offloaded),
        Step("plug", "network", boot.plug, boot.unplug, needed=_is_offloaded, leaves="then"),
        Step("spawn", "compute", spawn, boot.destroy, needed=_is_offloaded, working_seconds=SPAWN_SECONDS,
             leaves="then"),
        Step("start", "compute", power.start, power.stop, needed=_is_there, leaves="then"),
        Step("unshelved", LOCAL, unshelved),
    ),
    power.failed,
)  # fmt: skip
