"""Snapshot: a copy of the guest's disk becomes an image, which was promised when the flow began.

The copy is made on the instance's host, then sent to the image API by a link for these very data, then dropped. An
image that did not get its data goes with the flow; one that did stays, whatever becomes of the instance.
"""

from typing import Any

from nova_like.db import images, instances
from nova_like.flows import facts, power
from nova_like.flows.boot import SPAWN_SECONDS
from nova_like.flows.recipe import LOCAL, Recipe, Send, Step, Work
from nova_like.model.errors import Fault, NotFound
from nova_like.model.orders import Upload

EMPTY = ("queued", "saving")
TRIES = 5


def _image_id(work: Work) -> str:
    return str(work.args["image_id"])


def promised(work: Work) -> None:
    """Raises NotFound when nobody wants the image any more."""
    if images.get(work.tx, _image_id(work)) is None:
        raise NotFound("image", _image_id(work))


def unpromised(work: Work) -> None:
    """Take the image back, unless it has its data; where there is one."""
    row = images.hold(work.tx, _image_id(work)) if "image_id" in work.args else None
    if row is not None and row["status"] in EMPTY:
        images.delete(work.tx, row["id"])


def copy(work: Work) -> Send:
    return Send("copy_disk", facts.host(work), {"guest": facts.bare_guest(work)})


def upload(work: Work) -> Send:
    promised(work)
    made, id = work.facts["copy"], _image_id(work)
    size, sha256 = int(made["size_bytes"]), str(made["sha256"])
    url = work.parts.filling_link(id, size, sha256, work.flow["now"])
    return Send("send_copy", facts.host(work), {"upload": Upload(work.resource, id, url, sha256, size)})


def drop(work: Work) -> Send:
    return Send("drop_copy", facts.host(work), {"guest": facts.bare_guest(work)})


def snapshotted(work: Work) -> dict[str, Any]:
    instances.update(work.tx, work.resource, **work.ordered if _halts(work) else {})
    return {}


def failed(work: Work, fault: Fault) -> None:
    """The instance is as it was; the flow's row tells why."""
    instances.touch(work.tx, [work.resource])


def _goes_on(work: Work) -> bool:
    """A delete takes the whole directory: nobody waits for less, from a host that may be away."""
    return work.flow["then"] != "delete"


def _halts(work: Work) -> bool:
    """Whether the guest is to be down while it is copied, and to run afterwards."""
    return bool(work.args.get("halt")) and _goes_on(work)


PROMISED = Step("promised", LOCAL, promised)  # the recipe's `undone` takes it back
COPY = Step("copy", "compute", copy, drop, needed=_goes_on, working_seconds=SPAWN_SECONDS)
SENDING = (  # no undo: an image that has its data stays
    Step("upload", "compute", upload, working_seconds=SPAWN_SECONDS, retries=TRIES),
    Step("sent", LOCAL, power.anew),  # no copy is made after the drop
    Step("drop", "compute", drop, retries=TRIES),
)
SNAPSHOT = Recipe(
    "snapshot",
    "instance",
    (
        PROMISED,
        Step("halt", "compute", power.stop, power.start, needed=_halts),
        COPY,
        Step("run", "compute", power.start, needed=_halts),
        *SENDING,
        Step("snapshotted", LOCAL, snapshotted),
    ),
    failed,
    undone=unpromised,
)
