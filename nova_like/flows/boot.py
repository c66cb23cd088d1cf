"""Boot: place, plug the network, prepare volumes if there are any, spawn, active.

A host that goes away before anything can run there costs another try elsewhere, and a tombstone. Once a guest may run,
only a host that confirms that it does not lets the boot go elsewhere: two guests would have one address.
"""

from typing import Any

from nova_like.db import generations, hosts, instances, ports
from nova_like.flows import company, disks, facts, tombstones
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model import errors
from nova_like.model.errors import Fault, NoValidHost, Timeout, Unavailable
from nova_like.model.orders import FETCH_SECONDS
from nova_like.placement.hosts import Request
from nova_like.placement.plan import no_valid_host

SPAWN_SECONDS = FETCH_SECONDS + 600.0  # a host may be fetching the image until its own limit
PATIENCE_SECONDS = 300.0  # for hosts that are silent, every one: agents are restarted, networks mended
HOSTS = 3  # that are tried for one instance


def place(work: Work) -> dict[str, Any]:
    """Claim a host by conditional update; a refused claim tries the next. Raises NoValidHost."""
    row = facts.instance(work)
    avoid = tuple(work.args.get("avoid", ()))
    request = Request(row["vcpus"], row["ram_mib"], row["disk_gib"], row["wanted_zone"] or None, avoid=avoid,
                      **company.wanted(work.tx, row))  # fmt: skip
    return settle(work, claim(work, request))


def claim(work: Work, request: Request) -> dict[str, Any]:
    """The row of the host that was claimed for a request. Raises NoValidHost; Unavailable while hosts that have all
    fallen silent may be back soon."""
    asked = {size: getattr(request, size) for size in hosts.CAPACITY}
    try:
        candidates = work.parts.compute_pool.candidates(request, work.tx)
    except NoValidHost as fault:
        if fault.facts.get("silent") and work.flow["now"] - work.flow["created_at"] < PATIENCE_SECONDS:
            raise Unavailable("No host has been heard of lately.", "host") from fault
        raise
    for host in candidates:
        claimed = hosts.claim(work.tx, host.id, asked, work.parts.compute_pool.limits(host))
        if claimed is not None:
            work.parts.compute_pool.learn(claimed)
            return claimed
    raise no_valid_host(len(candidates), {"claim": len(candidates)})


def settle(work: Work, host: dict[str, Any]) -> dict[str, Any]:
    """The instance is on the host that was claimed for it, from this order on."""
    place = {"host": host["name"], "zone": host["zone"]}
    work.flow["generation"] = generations.raise_generation(work.tx, "instance", work.resource, **place)
    facts.instance(work).update(place)
    return place


def displace(work: Work) -> None:
    """Give the claim back, or leave it to a tombstone."""
    row = facts.instance(work)
    if row["host"]:
        tombstones.leave_instance(work)
        instances.update(work.tx, work.resource, host=None)
        row["host"] = None


def plug(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work)})


def unplug(work: Work) -> Send:
    return Send("unplug", facts.host(work), {"plug": facts.bare_plug(work)})


def spawn(work: Work) -> Send:
    guest = facts.born_guest(work, disks.of(work)) if disks.wanted(work) else facts.new_guest(work)
    return Send("spawn", facts.host(work), {"guest": guest})


def destroy(work: Work) -> Send:
    return Send("destroy", facts.host(work), {"guest": facts.bare_guest(work)})


def active(work: Work) -> dict[str, Any]:
    from nova_like.db.schema import db_now

    power = work.facts["spawn"].get("power", "running")
    instances.apply(work.tx, work.resource, "booted", power=power, launched_at=db_now(), **work.ordered)
    ports.activate(work.tx, work.resource, work.facts["place"]["host"])
    if disks.wanted(work):
        disks.taken(work)
    return {}


def again(work: Work, fault: Fault) -> dict[str, Any] | None:
    """Elsewhere, if the host did not answer and no guest can be there."""
    tried = [*work.args.get("avoid", ()), *([work.facts["place"]["host"]] if "place" in work.facts else [])]
    silent = isinstance(fault, Timeout) or fault.facts.get("code") == "away"
    if disks.wanted(work) and fault.facts.get("code") != "away":  # it may be their back end that did not answer
        return None
    if not silent or "spawn" in tombstones.left(work) or "place" not in work.facts or len(tried) >= HOSTS:
        return None
    return {**work.args, "avoid": tried}


def failed(work: Work, fault: Fault) -> None:
    instances.apply(work.tx, work.resource, "failed", fault=errors.to_dict(fault))
    if disks.wanted(work):
        disks.given_up(work)


BOOT = Recipe(
    "boot",
    "instance",
    (
        Step("place", LOCAL, place, displace),
        Step("plug", "network", plug, unplug, leaves="undo", flees=True),
        Step("filled", LOCAL, disks.filled, needed=disks.wanted),
        # no undo: who lets go of an attachment has it closed, and an export for another attachment closes it as well
        Step("export", "volume", disks.export, needed=disks.wanted),
        Step("exported", LOCAL, disks.exported, needed=disks.wanted, more=disks.more),
        Step("spawn", "compute", spawn, destroy, leaves="undo", working_seconds=SPAWN_SECONDS),
        Step("active", LOCAL, active),  # the last step: nothing follows it that could fail
    ),
    failed,
    again=again,
)
