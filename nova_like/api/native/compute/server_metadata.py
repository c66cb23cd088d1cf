"""The metadata of a server, whole or by key."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]


def _have(req: Request, server_id: str) -> dict[str, str]:
    return req.services.instances.get(req.ctx, server_id)["metadata"] or {}


def index(req: Request, server_id: str) -> Json:
    return {"metadata": _have(req, server_id)}


def replace(req: Request, server_id: str) -> Json:
    return {"metadata": _set(req, server_id, req.body_json["metadata"], keep=False)}


def merge(req: Request, server_id: str) -> Json:
    return {"metadata": _set(req, server_id, req.body_json["metadata"], keep=True)}


def _set(req: Request, server_id: str, metadata: dict[str, str], keep: bool) -> dict[str, str]:
    """Written as a whole; with `keep`, what is there and not named stays."""
    wanted = {**_have(req, server_id), **metadata} if keep else metadata
    req.services.limits.require(req.ctx, "metadata_items", len(wanted))
    return req.services.instances.update(req.ctx, server_id, metadata=wanted)["metadata"] or {}


def show(req: Request, server_id: str, metadata_key: str) -> Json:
    return {"meta": {metadata_key: _value(_have(req, server_id), metadata_key)}}


def _value(metadata: dict[str, str], key: str) -> str:
    if key not in metadata:
        raise NotFound("metadata item", key, "Metadata item was not found")
    return metadata[key]


def update(req: Request, server_id: str, metadata_key: str) -> Json:
    meta = req.body_json["meta"]
    if metadata_key not in meta:
        raise Invalid("Request body and URI mismatch", field="meta")
    _set(req, server_id, meta, keep=True)
    return {"meta": meta}


def delete(req: Request, server_id: str, metadata_key: str) -> None:
    rest = dict(_have(req, server_id))
    _value(rest, metadata_key)
    del rest[metadata_key]
    _set(req, server_id, rest, keep=False)
