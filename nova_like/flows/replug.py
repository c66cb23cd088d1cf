"""Replug: the host is told anew what an instance's ports and its metadata service are to be. Nothing moves or stops.

Who takes an address from an instance marks it as leaving and starts this flow, or has it take over the one that is
under way, in the same transaction. So when it has ended well the host has let go of all that are leaving. If it ends
otherwise, they stay held until another one has: `retell`.
"""

from collections.abc import Callable
from typing import Any

from nova_like.db import flows, instances, leaving, tombstones
from nova_like.db.engine import Transaction
from nova_like.flows import facts
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.flows.start import Starter
from nova_like.model.context import SYSTEM
from nova_like.model.errors import Fault

RETRIES = 3  # whoever asked is answered already, and would not ask again


def replug(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work)})


def replugged(work: Work) -> dict[str, Any]:
    instances.touch(work.tx, [work.resource])
    told = {(port.id, each.address) for port in facts.guest_ports(work) for each in port.addresses}
    leaving.free(work.tx, work.resource, told)  # a scheduler of before this may have told of them still
    return {}


def failed(work: Work, fault: Fault) -> None:
    """The rows say what is wanted, and the next replug tells it; the flow's row says why this one did not."""
    instances.touch(work.tx, [work.resource])


def retell(tx: Transaction, starter: Starter, instance_id: str, reachable: Callable[[str], bool]) -> int:
    """Go on with an instance that no flow is at work on and whose addresses are leaving: its host, if it is
    `reachable`, is told once more; on no host they are free. How many were freed or hosts told."""
    if flows.live_of(tx, instance_id):
        return 0
    row = instances.hold(tx, instance_id)
    if row is None or tombstones.held(tx, instance_id):
        return 0
    if not row["host"]:
        return leaving.free(tx, instance_id)
    if not reachable(row["host"]):
        return 0
    starter.replace(tx, SYSTEM, "instance", instance_id, "replug", [])
    return 1


# No undo: what an order of this kind makes is what the rows say, and the next one takes it back.
REPLUG = Recipe(
    "replug",
    "instance",
    (
        Step("replug", "network", replug, retries=RETRIES),
        Step("replugged", LOCAL, replugged),  # the last step: nothing follows it that could fail
    ),
    failed,
)
