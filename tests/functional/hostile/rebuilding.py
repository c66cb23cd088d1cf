"""S28: a server that is rebuilt, or rescued, from an image that it could not have been booted from."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.schema.images import images
from nova_like.model.ids import is_uuid
from tests.functional.sweep_world import World

Breaches = list[str]
UNFIT: tuple[dict[str, Any], ...] = (
    {"min_disk_gib": 10_000}, {"min_ram_mib": 10_000_000}, {"virtual_size_bytes": 1 << 50}, {"status": "queued"},
    {"disk_format": "aki"},
)  # fmt: skip


def check_rebuilds(world: World) -> Breaches:
    """The new image is looked at as at a boot: whose it is, how large, whether it is a disk."""
    found: Breaches = []
    mine = world.theirs.ids["image"]
    for unfit in UNFIT:
        _change(world, mine, **unfit)
        found += [f"rebuild from an image with {unfit}: {status}" for status in _asked(world, "rebuild", mine)]
        world.restore()
    for action in ("rebuild", "rescue"):
        for image in (world.own.ids["image"], "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"):
            found += [f"{action} from {image}, not one's own: {status}" for status in _asked(world, action, image)]
            world.restore()
    return found


def _change(world: World, image_id: str, **values: Any) -> None:
    assert is_uuid(image_id)
    world.cloud.db.transact(lambda tx: tx.execute(sa.update(images).where(images.c.id == image_id).values(**values)))


def _asked(world: World, action: str, image: str) -> list[int]:
    """The status of an answer that should have been a refusal; of one that changed something, too."""
    field = {"rebuild": "imageRef", "rescue": "rescue_image_ref"}[action]
    path = f"/compute/v2.1/servers/{world.theirs.ids['server']}/action"
    before = world._all_rows()
    answer = world.cloud.call("POST", path, world.cloud.token("alice"), {action: {field: image}})
    good = answer.status_int == 400 and world._all_rows() == before
    return [] if good else [answer.status_int]
