"""Files that a server finds in itself at its first start, as clients could send them before 2.57."""

import base64
import binascii
from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid

Json = dict[str, Any]


def wanted(req: Request, asked: Json) -> dict[str, str]:
    """Path -> content in base64, of the body of a new or rebuilt server. Raises Invalid, QuotaExceeded."""
    files = asked.get("personality") or []
    if files:
        limits = req.services.limits
        limits.require(req.ctx, "injected_files", len(files))
        limits.require(req.ctx, "injected_file_path_bytes", max(len(file["path"].encode()) for file in files))
        limits.require(req.ctx, "injected_file_content_bytes", max(_size(file["contents"]) for file in files))
    return {file["path"]: file["contents"] for file in files}


def _size(text: str) -> int:
    """In bytes. Raises Invalid."""
    try:
        return len(base64.b64decode(text))
    except binascii.Error:
        raise Invalid("The contents of a file are not in base64.", "instance", field="personality") from None
