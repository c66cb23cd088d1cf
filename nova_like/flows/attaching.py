"""Attach, detach, and release: a volume's way to a guest and back.

Orders about an attachment bear the instance's generation: of an instance only one flow is at work at a time. The back
end closes a volume to its old attachment, so a guest that nobody can ask (its host is away) loses it all the same, and
is told of it when its host is back.
"""

from typing import Any

from nova_like.db import attachments, generations, instances, volumes
from nova_like.flows import facts
from nova_like.flows.letting_go import let_go
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Send, Step, Work
from nova_like.flows.tombstones import left
from nova_like.model import wire
from nova_like.model.errors import Fault, NotFound, Unavailable
from nova_like.model.orders import Connection, Export, Volume

Row = dict[str, Any]


def _attachment(work: Work) -> Row:
    """Raises NotFound."""
    if "attachment" not in work.memory:
        row = attachments.get(work.tx, str(work.args["attachment_id"]))
        if row is None:
            raise NotFound("attachment", str(work.args["attachment_id"]))
        work.memory["attachment"] = row
    found: Row = work.memory["attachment"]
    return found


def _volume(work: Work) -> Row:
    """Raises NotFound."""
    if "volume" not in work.memory:
        row = volumes.get(work.tx, _attachment(work)["volume_id"], None)
        if row is None:
            raise NotFound("volume", _attachment(work)["volume_id"])
        work.memory["volume"] = row
    found: Row = work.memory["volume"]
    return found


def _order(method: str, work: Work) -> Send:
    attachment, volume = _attachment(work), _volume(work)
    export = Export(attachment["id"], Volume(volume["id"], volume["project_id"], volume["size_gib"]))
    return Send(method, volume["host"], {"export": export}, resource=attachment["id"])


def export(work: Work) -> Send:
    return _order("export", work)


def unexport(work: Work) -> Send:
    return _order("unexport", work)


def exported(work: Work) -> None:
    """How the volume is reached, as its back end says. Raises Invalid for what nobody can be sent to."""
    said: Connection = wire.from_wire(Connection, work.facts["export"])
    attachments.update(work.tx, _attachment(work)["id"], connection=wire.to_wire(said))


def attach(work: Work) -> Send:
    return Send("attach", facts.host(work), {"guest": facts.with_volumes(work, facts.bare_guest(work), _id(work))})


def detach(work: Work) -> Send:
    return Send("detach", facts.host(work), {"guest": facts.with_volumes(work, facts.bare_guest(work))})


def _id(work: Work) -> str:
    return str(work.args["attachment_id"])


def _goes_on(work: Work) -> bool:
    """A delete takes the guest, and lets go of all that it has."""
    return work.flow["then"] != "delete"


def attached(work: Work) -> dict[str, Any]:
    attachment = _attachment(work)
    instances.touch(work.tx, [work.resource])  # the instance is held before its volumes, as by those who ask
    volumes.move(work.tx, attachment["volume_id"], "attached")
    attachments.update(work.tx, attachment["id"], state=attachments.ATTACHED)
    return {}


def unattached(work: Work, fault: Fault) -> None:
    """The guest has it not, and its back end is to close what it may have opened."""
    instances.touch(work.tx, [work.resource])
    let_go(work, [_attachment(work)])


def detached(work: Work) -> dict[str, Any]:
    instances.touch(work.tx, [work.resource])
    let_go(work, [_attachment(work)])
    return {}


def _is_left(work: Work) -> bool:
    """Whether the guest is to be told of it later: nobody could ask its host."""
    return "detach" in left(work) and _goes_on(work)


def kept(work: Work, fault: Fault) -> None:
    """The guest has it as before; the flow's row tells why."""
    attachment = attachments.get(work.tx, _id(work))
    if attachment is None or attachment["state"] != attachments.DETACHING:
        return  # an operator has called off what was left to tell the guest
    instances.touch(work.tx, [work.resource])
    volumes.move(work.tx, attachment["volume_id"], "kept")
    attachments.update(work.tx, attachment["id"], state=attachments.ATTACHED)


def released(work: Work) -> None:
    """The volume is anybody's of its project, or goes with its instance."""
    attachment = _attachment(work)
    id = attachment["volume_id"]
    if not work.args.get("delete"):
        volumes.move(work.tx, id, "released")
        return attachments.remove(work.tx, attachment["id"])
    if volumes.move(work.tx, id, "dropped", wanted="deleted"):
        generation = generations.raise_generation(work.tx, "volume", id)
        work.starter.start_fresh(work.tx, work.context, "volume_delete", [(id, {}, generation)])
    return attachments.remove(work.tx, attachment["id"])


def _stays(work: Work) -> bool:
    """A volume that goes is closed by going; one that could not be made may be nowhere."""
    return not work.args.get("delete") and bool(_volume(work)["host"])


def _is_new(work: Work) -> bool:
    """Whether it was being made for its instance when that gave it up."""
    return _volume(work)["state"] in ("creating", "attaching")


def made(work: Work) -> None:
    """It is there by now, or never will be. Raises Unavailable until then."""
    if _volume(work)["state"] == "creating":
        raise Unavailable(f"Volume {_volume(work)['id']} is being made.", "volume")
    volumes.move(work.tx, _volume(work)["id"], "let_go")


def never(work: Work, fault: Fault) -> None:
    """Never reached: every step is tried for ever."""


ATTACH = Recipe(
    "attach",
    "instance",
    (
        Step("export", "volume", export),  # `failed` sees to what it has opened, and waits for nobody
        Step("exported", LOCAL, exported),
        Step("attach", "compute", attach, detach, needed=_goes_on),
        Step("attached", LOCAL, attached),  # the last step: nothing follows it that could fail
    ),
    unattached,
)
DETACH = Recipe(
    "detach",
    "instance",
    (
        Step("detach", "compute", detach, attach, needed=_goes_on, leaves="do"),
        Step("detached", LOCAL, detached),  # no undo: nothing follows it that fails
        Step("told", "compute", detach, needed=_is_left, **FOREVER),
    ),
    kept,
)
RELEASE = Recipe(
    "release",
    "attachment",
    (  # no undo: the guest is rid of it
        Step("made", LOCAL, made, needed=_is_new),
        Step("unexport", "volume", unexport, needed=_stays, **FOREVER),
        Step("released", LOCAL, released),
    ),
    never,
    cancellable=False,
)
