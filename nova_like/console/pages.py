"""noVNC's files, out of one directory: no listings, no redirects, nothing above it, nothing hidden."""

import mimetypes
import re
from pathlib import Path

INDEX = "vnc_lite.html"
MOST_BYTES = 4 << 20
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_MOST_DEEP = 8
_TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8", ".wasm": "application/wasm"}
HEADERS = {
    "Referrer-Policy": "no-referrer",  # the address of the page holds a token
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}


def page(root: Path, target: str) -> tuple[bytes, str] | None:
    """The content and the type of what a request line's target names; None when there is no such file."""
    parts = target.partition("?")[0].removeprefix("/").split("/")
    if len(parts) > _MOST_DEEP or not all(map(_NAME.fullmatch, parts)):
        return None
    path = root.joinpath(*parts)
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve(strict=True)) or not path.is_file():
            return None
        if path.stat().st_size > MOST_BYTES:
            return None
        return path.read_bytes(), _type(path)
    except OSError:
        return None


def _type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
