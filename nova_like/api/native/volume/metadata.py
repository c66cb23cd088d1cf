"""Handlers of volumes' metadata."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]
MOST = 128


def _of(row: Json) -> dict[str, str]:
    return dict(row["metadata"] or {})


def _change(req: Request, volume_id: str, after: Any) -> dict[str, str]:
    """Write what `after(metadata)` makes of it; the metadata as it is then."""

    def change(row: Json) -> Json:
        values = after(_of(row))
        if len(values) > MOST:
            raise Invalid(f"A volume may have {MOST} metadata items.", "volume", field="metadata")
        return {"metadata": values}

    return _of(req.services.volumes.update(req.ctx, volume_id, change))


def index(req: Request, volume_id: str) -> Json:
    return {"metadata": _of(req.services.volumes.get(req.ctx, volume_id))}


def merge(req: Request, volume_id: str) -> Json:
    return {"metadata": _change(req, volume_id, lambda old: {**old, **req.body_json["metadata"]})}


def replace(req: Request, volume_id: str) -> Json:
    return {"metadata": _change(req, volume_id, lambda old: req.body_json["metadata"])}


def show(req: Request, volume_id: str, metadata_key: str) -> Json:
    values = _of(req.services.volumes.get(req.ctx, volume_id))
    if metadata_key not in values:
        raise _absent(volume_id, metadata_key)
    return {"meta": {metadata_key: values[metadata_key]}}


def update(req: Request, volume_id: str, metadata_key: str) -> Json:
    meta = req.body_json["meta"]
    if metadata_key not in meta:
        raise Invalid("Request body and URI mismatch", "volume", field="meta")
    return {"meta": {metadata_key: _change(req, volume_id, lambda old: {**old, **meta})[metadata_key]}}


def delete(req: Request, volume_id: str, metadata_key: str) -> None:
    def less(old: dict[str, str]) -> dict[str, str]:
        if old.pop(metadata_key, None) is None:
            raise _absent(volume_id, metadata_key)
        return old

    _change(req, volume_id, less)


def _absent(volume_id: str, key: str) -> NotFound:
    return NotFound("metadata", key, f"Volume {volume_id} has no metadata with key {key[:255]}.")
