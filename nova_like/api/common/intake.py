"""Takes a request's body in before anything is done for it: so a slow client costs no place among those in work, and
nothing of a refused one is kept. Judges no content (body.py)."""

import io
from typing import Any

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.http import HANG_UP
from nova_like.model.errors import Fault, Invalid, TooLarge


def take_in(environ: dict[str, Any], limit: int) -> Fault | None:
    """Put the whole body into `wsgi.input`, or say why it is not wanted (the rest of it is then never read)."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdecimal()):
        return None  # read by nobody: the application refuses it
    chunked = not length and bool(environ.get("wsgi.input_terminated") or environ.get("HTTP_TRANSFER_ENCODING"))
    if not chunked and not int(length or 0):
        return None
    try:
        data = b"" if int(length or 0) > limit else environ["wsgi.input"].read(limit + 1 if chunked else int(length))
    except TimeoutError:
        return too_slow(environ)
    except (OSError, ValueError):
        return _refused(environ, Invalid("The request body ended early.", code="cut_short"))
    if len(data) > limit or int(length or 0) > limit:
        return _refused(environ, TooLarge(f"The request body is larger than {limit} bytes."))
    if not chunked and len(data) != int(length):
        return _refused(environ, Invalid("The request body ended early.", code="cut_short"))
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(data), str(len(data))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return None


def too_slow(environ: dict[str, Any]) -> Fault:
    """The fault of a body whose reading ran out of time; the connection ends with its answer."""
    return _refused(environ, HttpFault(408, "The request body did not come in time."))


def _refused(environ: dict[str, Any], fault: Fault) -> Fault:
    hang_up = environ.get(HANG_UP)
    if hang_up is not None:
        hang_up()
    return fault
