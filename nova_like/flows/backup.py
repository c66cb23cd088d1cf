"""Backup: a snapshot, after which only the newest of its kind are kept. `rotation` of them, so none when it is 0."""

from dataclasses import replace
from typing import Any

from nova_like.db import images
from nova_like.flows import snapshot
from nova_like.flows.recipe import LOCAL, Recipe, Step, Work


def rotate(work: Work) -> dict[str, Any]:
    """The oldest go, with what a project has protected left alone; their data are swept by the API."""
    kept, kind = int(work.args["rotation"]), str(work.args["backup_type"])
    old = images.backups(work.tx, work.flow["project_id"], work.resource, kind)[kept:]
    for row in old:
        images.delete(work.tx, row["id"])
    return {"removed": len(old), **snapshot.snapshotted(work)}


def _with_image(step: Step) -> Step:
    return replace(step, needed=lambda work: "image_id" in work.args and step.needed(work))


BACKUP = Recipe(
    "backup",
    "instance",
    (
        *(_with_image(step) for step in (snapshot.PROMISED, snapshot.COPY, *snapshot.SENDING)),
        Step("rotated", LOCAL, rotate),  # the last step: nothing brings back what it has removed
    ),
    snapshot.failed,
    undone=snapshot.unpromised,
)
