"""Start, stop and reboot: one remote step, then the state. A failure leaves the state as it was."""

from typing import Any

from nova_like.db import instances
from nova_like.flows import facts
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model.errors import Fault
from nova_like.model.orders import Power


def start(work: Work) -> Send:
    return Send("start", facts.host(work), {"guest": facts.guest(work)})


def stop(work: Work) -> Send:
    return Send("stop", facts.host(work), {"power": Power(work.resource)})


def reboot(work: Work) -> Send:
    return Send("reboot", facts.host(work), {"power": Power(work.resource, soft=bool(work.args.get("soft")))})


def _became(event: str, step: str, power: str) -> Any:
    def became(work: Work) -> dict[str, Any]:
        found = work.facts[step].get("power", power)
        instances.move(work.tx, work.resource, event, power=found, fault=None, **work.ordered)
        return {}

    return became


def failed(work: Work, fault: Fault) -> None:
    """The instance is as it was; the flow's row tells why."""
    instances.touch(work.tx, [work.resource])


# No undo: the next power order of a higher generation is the way back.
START = Recipe(
    "start",
    "instance",
    (Step("start", "compute", start), Step("started", LOCAL, _became("started", "start", "running"))),
    failed,
)
STOP = Recipe(
    "stop",
    "instance",
    (Step("stop", "compute", stop), Step("stopped", LOCAL, _became("stopped", "stop", "shutdown"))),
    failed,
)
REBOOT = Recipe(
    "reboot",
    "instance",
    (Step("reboot", "compute", reboot), Step("rebooted", LOCAL, _became("rebooted", "reboot", "running"))),
    failed,
)
