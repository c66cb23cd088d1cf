"""Replug: the host is told anew what an instance's ports and its metadata service are to be. Nothing moves or stops."""

from typing import Any

from nova_like.db import instances
from nova_like.flows import facts
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model.errors import Fault


def replug(work: Work) -> Send:
    return Send("plug", facts.host(work), {"plug": facts.plug(work)})


def replugged(work: Work) -> dict[str, Any]:
    instances.touch(work.tx, [work.resource])
    return {}


def failed(work: Work, fault: Fault) -> None:
    """The rows say what is wanted, and the next replug tells it; the flow's row says why this one did not."""
    instances.touch(work.tx, [work.resource])


# No undo: what an order of this kind makes is what the rows say, and the next one takes it back.
REPLUG = Recipe(
    "replug", "instance", (Step("replug", "network", replug), Step("replugged", LOCAL, replugged)), failed
)  # fmt: skip
