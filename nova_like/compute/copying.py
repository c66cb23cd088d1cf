"""Copies of guests' disks: made, given to the image API, dropped. The copy bears the name of its flow, so that whatever
agent process is asked finds what an earlier one has made."""

import hashlib
from collections.abc import Callable
from typing import Any, BinaryIO

from nova_like.compute.spawning import check_ids
from nova_like.model import ids
from nova_like.model.errors import HostFailure, Invalid
from nova_like.model.orders import Guest, Upload
from nova_like.rpc.work import Work
from nova_like.virt.base import Hypervisor

CHUNK = 1 << 20
Send = Callable[[Upload, BinaryIO, Callable[[], bool]], None]  # the data, and whether it is called off


def copy(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """Have a copy of its disk; facts: size_bytes, sha256 of the copy."""
    check_ids(guest)
    host.copies.make(guest.id, work.order.flow, work.cancelled)
    digest, size = hashlib.sha256(), 0
    with host.copies.open(guest.id, work.order.flow) as data:
        while chunk := data.read(CHUNK):
            work.check()
            digest.update(chunk)
            size += len(chunk)
    return {"size_bytes": size, "sha256": digest.hexdigest()}


def send(host: Hypervisor, send: Send, work: Work, upload: Upload) -> dict[str, Any]:
    """Give the copy to the image API."""
    if not (ids.is_uuid(upload.instance_id) and ids.is_uuid(upload.image_id)):
        raise Invalid("an order with a malformed id", noun="instance", code="malformed", retry=False)
    with host.copies.open(upload.instance_id, work.order.flow) as data:
        send(upload, data, work.cancelled)
    return {}


def drop(host: Hypervisor, work: Work, guest: Guest) -> dict[str, Any]:
    """Make its copies gone."""
    check_ids(guest)
    host.copies.drop(guest.id)
    return {}


def nowhere(upload: Upload, data: BinaryIO, cancelled: Callable[[], bool]) -> None:
    """Of an agent that knows no image API."""
    raise HostFailure("this agent sends no images", "image", retry=False)
