"""Volumes: create on a back end with room, filled with an image or empty; delete."""

from typing import Any

from nova_like.db import attachments, generations, hosts, quotas, tags, volumes
from nova_like.flows import facts, tombstones
from nova_like.flows.boot import SPAWN_SECONDS
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Send, Step, Work
from nova_like.model import errors
from nova_like.model.errors import Fault, NotFound
from nova_like.model.orders import Volume
from nova_like.placement.hosts import Request
from nova_like.placement.plan import no_valid_host


def _volume(work: Work) -> dict[str, Any]:
    if "volume" not in work.memory:
        row = volumes.get(work.tx, work.resource, None)
        if row is None:
            raise NotFound("volume", work.resource)
        work.memory["volume"] = row
    return work.memory["volume"]


def _claim(size_gib: int) -> dict[str, int]:
    return {"vcpus": 0, "ram_mib": 0, "disk_gib": size_gib}


def place(work: Work) -> dict[str, Any]:
    """Claim room on a back end. Raises NoValidHost."""
    row, pool = _volume(work), work.parts.volume_pool
    candidates = pool.candidates(Request(0, 0, row["size_gib"], row["zone"] or None), work.tx)
    for host in candidates:
        claimed = hosts.claim(work.tx, host.id, _claim(row["size_gib"]), pool.limits(host))
        if claimed is not None:
            pool.learn(claimed)
            row["host"] = claimed["name"]
            generation = generations.raise_generation(work.tx, "volume", work.resource, host=claimed["name"])
            work.flow["generation"] = generation
            return {"host": claimed["name"]}
    raise no_valid_host(len(candidates), {"claim": len(candidates)})


def displace(work: Work) -> None:
    row = _volume(work)
    if row["host"]:
        tombstones.leave_volume(work, row, _claim(row["size_gib"]))
        volumes.update(work.tx, work.resource, host=None)
        row["host"] = None


def _order(row: dict[str, Any]) -> dict[str, Any]:
    return {"volume": Volume(row["id"], row["project_id"], row["size_gib"])}


def create(work: Work) -> Send:
    """With a fresh download link for what it is to be filled with, if anything."""
    row = _volume(work)
    if row["image_id"] is None:
        return Send("create", row["host"], _order(row))
    return Send("fill", row["host"], _order(row) | {"image": facts.image(work, row["image_id"])})


def delete(work: Work) -> Send:
    row = _volume(work)
    return Send("delete", row["host"], _order(row))


def available(work: Work) -> None:
    """It is anybody's of its project, or that instance's which it was made for."""
    volumes.move(work.tx, work.resource, "created_for" if _tell(work) else "created")


def _tell(work: Work) -> bool:
    """Whether it was made for an instance, whose boot (or the end of that) waits for it and is told."""
    found = attachments.of_volumes(work.tx, [work.resource]).get(work.resource, ())
    for row in found:
        for waiting in (row["instance_id"], row["id"]):
            work.starter.rouse(work.tx, waiting)
    return bool(found)


def gone(work: Work) -> None:
    row = _volume(work)
    displace(work)
    quotas.give(work.tx, row["project_id"], {"volumes": 1, "gigabytes": row["size_gib"]})
    tags.remove_all(work.tx, work.resource)
    volumes.move(work.tx, work.resource, "deleted")


def failed(work: Work, fault: Fault) -> None:
    volumes.move(work.tx, work.resource, "failed", fault=errors.to_dict(fault))
    _tell(work)


def _placed(work: Work) -> bool:
    return bool(_volume(work)["host"])


VOLUME_CREATE = Recipe(
    "volume_create",
    "volume",
    (
        Step("place", LOCAL, place, displace),
        Step("create", "volume", create, delete, leaves="undo", working_seconds=SPAWN_SECONDS),
        Step("available", LOCAL, available),  # the last step: nothing follows it that could fail
    ),
    failed,
)
VOLUME_DELETE = Recipe(
    "volume_delete",
    "volume",
    (  # no undo: a delete is never taken back
        Step("delete", "volume", delete, needed=_placed, leaves="do", **FOREVER),
        Step("gone", LOCAL, gone),
    ),
    failed,
    cancellable=False,
)
