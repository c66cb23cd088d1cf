"""Start, stop, reboot, pause, suspend and their like: one remote step, then the state. A failure leaves the state as it
was."""

from typing import Any

from nova_like.db import generations, instances
from nova_like.flows import facts
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model.errors import Fault
from nova_like.model.orders import Power


def start(work: Work) -> Send:
    return Send("start", facts.host(work), {"guest": facts.made_guest(work)})


def stop(work: Work) -> Send:
    return Send("stop", facts.host(work), {"power": Power(work.resource)})


def reboot(work: Work) -> Send:
    return Send("reboot", facts.host(work), {"power": Power(work.resource, soft=bool(work.args.get("soft")))})


def anew(work: Work) -> None:
    """What follows is another order to the same host: a report of what was there before is told from one of what is
    there after it, and what is still on its way comes too late."""
    work.flow["generation"] = generations.raise_generation(work.tx, "instance", work.resource)


def _became(event: str, step: str, power: str) -> Any:
    def became(work: Work) -> dict[str, Any]:
        found = work.facts[step].get("power", power)
        instances.apply(work.tx, work.resource, event, power=found, fault=None, **work.ordered)
        return {}

    return became


def failed(work: Work, fault: Fault) -> None:
    """The instance is as it was; the flow's row tells why."""
    instances.touch(work.tx, [work.resource])


def _order(method: str) -> Any:
    """A step's message that says no more than which guest."""

    def send(work: Work) -> Send:
        return Send(method, facts.host(work), {"power": Power(work.resource, soft=False)})

    return send


def _recipe(kind: str, step: str, send: Any, event: str, power: str) -> Recipe:
    """No undo: the next power order of a higher generation is the way back."""
    steps = (Step(step, "compute", send), Step(event, LOCAL, _became(event, step, power)))
    return Recipe(kind, "instance", steps, failed)


START = _recipe("start", "start", start, "started", "running")
STOP = _recipe("stop", "stop", stop, "stopped", "shutdown")
REBOOT = _recipe("reboot", "reboot", reboot, "rebooted", "running")
PAUSE = _recipe("pause", "pause", _order("pause"), "paused", "paused")
UNPAUSE = _recipe("unpause", "unpause", _order("unpause"), "unpaused", "running")
SUSPEND = _recipe("suspend", "suspend", _order("suspend"), "suspended", "suspended")
RESUME = _recipe("resume", "resume", start, "resumed", "running")
POWER = (START, STOP, REBOOT, PAUSE, UNPAUSE, SUSPEND, RESUME)
