"""Copies of images: another record of the same bytes, which the store keeps once."""

from typing import Any

from nova_like import concurrency
from nova_like.db import images as rows
from nova_like.db import tags as tag_rows
from nova_like.db.engine import Database, Transaction
from nova_like.images.store import FileStore
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound
from nova_like.services.images import NOUN, require
from nova_like.services.scope import home, owner

Row = dict[str, Any]
KEPT = ("disk_format", "container_format", "size_bytes", "virtual_size_bytes", "md5", "sha256", "sha512",
        "min_disk_gib", "min_ram_mib")  # fmt: skip


class ImageCopies:
    def __init__(self, db: Database, policy: Any, store: FileStore) -> None:
        self._db, self._policy, self._store = db, policy, store

    def create(self, ctx: Context, image_id: str, name: str, properties: Row, tags: dict[str, str]) -> Row:
        """An active image of the caller's with the data of another that it may use. Raises NotFound, Conflict (`state`:
        that one has no data)."""
        self._policy.check(ctx, "image:images:create")
        self._policy.check(ctx, "image:images:download")
        project_id, copy_id = home(ctx), concurrency.new_id()
        source = require(self._db.read(lambda tx: rows.get(tx, image_id, owner(ctx))), image_id)
        if source["status"] != "active":
            raise Conflict(f"Image {image_id} is {source['status']}.", NOUN, code="state", state=source["status"])
        self._store.link(image_id, copy_id)

        def work(tx: Transaction) -> Row:
            if rows.get(tx, image_id) is None:  # it may have gone since, and its name in the store with it
                raise NotFound(NOUN, image_id)
            kept = {column: source[column] for column in KEPT}
            rows.insert(tx, {"id": copy_id, "owner_id": project_id, "name": name, "visibility": "shared",
                             "status": "active", "properties": properties, **kept})  # fmt: skip
            tag_rows.put(tx, project_id, copy_id, NOUN, tags)
            return require(rows.get(tx, copy_id), copy_id)

        made: Row | None = None
        try:
            made = self._db.transact(work)
            return made
        finally:
            if made is None or made["id"] != copy_id:  # an earlier request with the same token made another
                self._store.delete(copy_id)
