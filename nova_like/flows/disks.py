"""The volumes that an instance is born with: waited for, exported one after the other, its own in the end.

Each export bears a generation of the instance of its own, so that a doubled answer is never taken for the next one's.
"""

from typing import Any

from nova_like.db import attachments, generations, volumes
from nova_like.flows.letting_go import let_go
from nova_like.flows.recipe import Send, Work
from nova_like.model import wire
from nova_like.model.errors import HostFailure, NotFound, Unavailable
from nova_like.model.orders import Connection, Export, Volume

Row = dict[str, Any]


def wanted(work: Work) -> bool:
    """Whether it has any: said by the flow's arguments, so that others pay nothing."""
    return bool(work.args.get("disks"))


def of(work: Work) -> list[Row]:
    """Its attachments, read once a transaction."""
    if "disks" not in work.memory:
        work.memory["disks"] = attachments.of_instance(work.tx, work.resource)
    found: list[Row] = work.memory["disks"]
    return found


def filled(work: Work) -> None:
    """Every volume is there. Raises Unavailable while one is being made, HostFailure when it never will be."""
    for row in of(work):
        volume = volumes.get(work.tx, row["volume_id"], None)
        if volume is None or volume["state"] not in ("creating", "attaching"):
            raise HostFailure(f"Volume {row['volume_id']} could not be made.", "volume", retry=False)
        if volume["state"] == "creating":
            raise Unavailable(f"Volume {row['volume_id']} is being made.", "volume")


def _left(work: Work) -> list[Row]:
    done = work.facts.get("exported", {}).get("ids", ())
    return [row for row in of(work) if row["id"] not in done]


def more(work: Work) -> bool:
    return bool(_left(work))


def export(work: Work) -> Send:
    row = _left(work)[0]
    volume = volumes.get(work.tx, row["volume_id"], None)
    if volume is None:
        raise NotFound("volume", row["volume_id"])
    asked = Export(row["id"], Volume(volume["id"], volume["project_id"], volume["size_gib"]))
    return Send("export", volume["host"], {"export": asked}, resource=row["id"])


def exported(work: Work) -> dict[str, Any]:
    """How it is reached, as its back end says. Raises Invalid for what nobody can be sent to."""
    row, said = _left(work)[0], wire.from_wire(Connection, work.facts["export"])
    row["connection"] = wire.to_wire(said)
    attachments.update(work.tx, row["id"], connection=row["connection"])
    work.flow["generation"] = generations.raise_generation(work.tx, "instance", work.resource)
    return {"ids": [*work.facts.get("exported", {}).get("ids", ()), row["id"]]}


def taken(work: Work) -> None:
    """The guest runs, and has them."""
    for row in of(work):
        volumes.move(work.tx, row["volume_id"], "attached")
        attachments.update(work.tx, row["id"], state=attachments.ATTACHED)


def given_up(work: Work) -> None:
    """It never ran: those that were made for it alone go, the others are anybody's again."""
    let_go(work, of(work), going=frozenset(work.args.get("made", ())))
