"""Where an import's bytes come from, one source for each method: what can be refused at once, and then the bytes."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nova_like.db import images as rows
from nova_like.db.engine import Database
from nova_like.images import download
from nova_like.images.store import FileStore
from nova_like.model.errors import Conflict, Invalid
from nova_like.model.ids import normal_uuid

Row = dict[str, Any]
NOUN = "image"
INTERFACES = ("public", "internal", "admin")
_FORMATS = ("disk_format", "container_format")
# properties that come along from another image: what its data need
_CARRIED = ("hw_", "trait:", "os_distro", "os_secure_boot", "os_type")


@dataclass(frozen=True)
class Bytes:
    """`chunks` are the data; `columns` and `properties` come along with them."""

    chunks: Iterable[bytes]
    columns: Row = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)


class Staged:
    """`glance-direct`: what was sent before to /stage."""

    fills = True

    def __init__(self, staging: FileStore) -> None:
        self._staging = staging

    def check(self, image: Row, method: Row) -> None:
        """Raises Conflict, Invalid."""
        _need_formats(image)
        if image["status"] != "uploading" or image["upload_id"] is not None:
            raise _wrong_state(image, "uploading")

    def open(self, image: Row, method: Row) -> Bytes:
        """Raises what keeps the data from being had."""
        return Bytes(self._staging.read(image["id"]))


class Web:
    """`web-download`: from an address on the internet."""

    fills = True

    def __init__(self, rules: download.Rules) -> None:
        self._rules = rules

    def check(self, image: Row, method: Row) -> None:
        _need_formats(image)
        _need_queued(image)
        if not isinstance(method.get("uri"), str):
            raise Invalid("Import method 'web-download' needs a uri.", NOUN, field="uri")
        download.check(method["uri"], self._rules)

    def open(self, image: Row, method: Row) -> Bytes:
        return Bytes(download.chunks(method["uri"], self._rules))


class Present:
    """`copy-image`: into the stores that lack it. There is one store, and what has data has them there."""

    fills = False

    def check(self, image: Row, method: Row) -> None:
        if image["status"] != "active":
            raise _wrong_state(image, "active")

    def open(self, image: Row, method: Row) -> Bytes:
        raise Invalid("There is nothing to be copied.", NOUN)


class Region:
    """`glance-download`: from an image of a region; of this one, for there is no other."""

    fills = True

    def __init__(self, db: Database, store: FileStore, name: str) -> None:
        self._db, self._store, self._name = db, store, name

    def check(self, image: Row, method: Row) -> None:
        _need_queued(image)
        if normal_uuid(method.get("glance_image_id")) is None:
            raise Invalid("The image id does not look like a UUID", NOUN, field="glance_image_id")
        if not isinstance(method.get("glance_region"), str):
            raise Invalid("Import method 'glance-download' needs a glance_region.", NOUN, field="glance_region")

    def open(self, image: Row, method: Row) -> Bytes:
        interface = method.get("glance_service_interface", INTERFACES[0])
        if method["glance_region"] != self._name or interface not in INTERFACES:
            raise Invalid("There is no such region, or no such interface of it.", NOUN, code="region")
        source_id = str(normal_uuid(method["glance_image_id"]))
        source = self._db.read(lambda tx: rows.get(tx, source_id, image["owner_id"]))
        if source is None or source["status"] != "active":
            raise Invalid(f"Image {source_id} could not be found, or has no data.", NOUN, code="source")
        carried = {name: text for name, text in (source["properties"] or {}).items() if name.startswith(_CARRIED)}
        return Bytes(self._store.read(source_id), {name: source[name] for name in _FORMATS}, carried)


def sources(conf: Any, db: Database, store: FileStore, staging: FileStore) -> dict[str, Any]:
    """The import methods that are offered."""
    return {"glance-direct": Staged(staging), "web-download": Web(rules_of(conf)),
            "glance-download": Region(db, store, conf.api.region), "copy-image": Present()}  # fmt: skip


def rules_of(conf: Any) -> download.Rules:
    """What `[images]` lets web-download reach. Raises ValueError for what is no network."""
    networks = tuple(ipaddress.ip_network(text) for text in conf.images.download_networks)
    seconds = conf.images.download_hours * 3600.0
    return download.Rules(tuple(conf.images.download_ports), networks, total_seconds=seconds)


def _need_formats(image: Row) -> None:
    for name in _FORMATS:
        if not image[name]:
            raise Conflict(f"'{name}' needs to be set before import", NOUN, code="missing")


def _need_queued(image: Row) -> None:
    if image["status"] != "queued":
        raise _wrong_state(image, "queued")


def _wrong_state(image: Row, wanted: str) -> Conflict:
    return Conflict(f"Image needs to be in '{wanted}' state, not in '{image['status']}'.", NOUN, code="state",
                    state=image["status"])  # fmt: skip
