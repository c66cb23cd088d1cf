"""Volumes that are made of images: whether it can be, and what they remember of them."""

from typing import Any

from nova_like.db import images
from nova_like.db.engine import Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.model.ids import is_uuid
from nova_like.model.image_formats import ON_HOST
from nova_like.services.scope import owner

Row = dict[str, Any]
GIB = 1 << 30


def filled_with(tx: Transaction, ctx: Context, image_id: str, size_gib: int) -> Row:
    """Columns of a volume of this size that is to be filled with an image. Raises Invalid."""
    image = images.get(tx, image_id, owner(ctx)) if is_uuid(image_id) else None
    if image is None:
        raise Invalid("Invalid image identifier or unable to access requested image.", "image", code="not_found")
    return of_image(image, size_gib)


def of_image(image: Row, size_gib: int) -> Row:
    """The same of the image's row. Raises Invalid."""
    if image["status"] != "active":
        raise Invalid(f"Invalid input received: Image {image['id']} is not active.", "image", code="state")
    if image["disk_format"] not in ON_HOST:
        raise Invalid(f"Image {image['id']} is unacceptable: it is no disk.", "image", code="no_disk")
    virtual = -(-(image["virtual_size_bytes"] or 0) // GIB)
    if size_gib < virtual:
        raise Invalid(f"Invalid input received: Image virtual size is {virtual}GB and doesn't fit in a volume of size "
                      f"{size_gib}GB.", "volume", code="too_small")  # fmt: skip
    if size_gib < (image["min_disk_gib"] or 0):
        raise Invalid(f"Invalid input received: Volume size {size_gib}GB cannot be smaller than the image minDisk size "
                      f"{image['min_disk_gib']}GB.", "volume", code="too_small")  # fmt: skip
    return {"image_id": image["id"], "bootable": True, "image_metadata": _remembered(image)}


def _remembered(image: Row) -> dict[str, str]:
    """What the volume shows of it, all of it text."""
    facts = {
        "image_id": image["id"], "image_name": image["name"], "checksum": image["md5"], "size": image["size_bytes"],
        "container_format": image["container_format"], "disk_format": image["disk_format"],
        "min_disk": image["min_disk_gib"] or 0, "min_ram": image["min_ram_mib"] or 0,
    }  # fmt: skip
    return {**{key: str(value) for key, value in (image["properties"] or {}).items()},
            **{key: str(value) for key, value in facts.items() if value is not None}}  # fmt: skip
