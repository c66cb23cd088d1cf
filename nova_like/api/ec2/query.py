"""The parameters of a request as they came: from the query string of a GET or the form of a POST, decoded once.

Owns the limits on them. What is signed is what is parsed: signatures are computed from the pairs made here.
"""

from typing import Any
from urllib.parse import unquote_to_bytes

from nova_like.api.ec2.refused import Refused
from nova_like.model.errors import TooLarge

MOST = 2000  # parameters of one request
FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


def read_body(environ: dict[str, Any], limit: int) -> bytes:
    """The body, at most `limit` bytes of it: TooLarge when there is more."""
    text = environ.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdecimal()):
        raise _syntax()
    if int(text) > limit:
        raise TooLarge(f"The request body is larger than {limit} bytes.")
    if environ.get("HTTP_TRANSFER_ENCODING") and not environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The request body is larger than {limit} bytes.")
        return body
    body = environ["wsgi.input"].read(int(text))
    if len(body) != int(text):
        raise _syntax()
    return body


def pairs(text: str) -> Pairs:
    """A query string or a form as decoded pairs, in their order. Raises Refused when it does not decode."""
    if not text:
        return []
    fields = text.split("&")
    if len(fields) > MOST:
        raise Refused("MalformedQueryString", f"More than {MOST} parameters.")
    return [_pair(field) for field in fields if field]


def _pair(field: str) -> tuple[str, str]:
    name, _, value = field.partition("=")
    return _decode(name), _decode(value)


def _decode(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise _syntax() from None
    if "\0" in decoded:
        raise _syntax()
    return decoded


def form(environ: dict[str, Any], body: bytes) -> Pairs:
    """The pairs of a form in a body; other media types have none to give."""
    if environ["REQUEST_METHOD"] != "POST" or not body:
        return []
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        raise Refused("MalformedQueryString", f"The body must be {FORM}.")
    try:
        return pairs(body.decode("ascii"))
    except UnicodeDecodeError:
        raise _syntax() from None


def one_each(all_pairs: Pairs) -> dict[str, str]:
    """The pairs as a mapping. A name given twice is refused: which one would count is nobody's to guess."""
    params = dict(all_pairs)
    if len(params) != len(all_pairs):
        names = [name for name, _ in all_pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise Refused("InvalidParameterCombination", f"The parameter {double[:200]} is given more than once.")
    return params


def _syntax() -> Refused:
    return Refused("MalformedQueryString", "The query string contains a syntax error.")
