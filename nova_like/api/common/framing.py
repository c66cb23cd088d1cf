"""Where a request's body ends, as its headers have it (RFC 9112, section 6): what two servers could read in two ways is
refused, or a request could be hidden in the body of another. Reads no body."""

import re
from email.message import Message

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DIGITS = re.compile(r"[0-9]{1,18}")


def refusal(headers: Message, version: str) -> bytes | None:
    """The status line's end for headers that are not taken; the connection must end with it, for nobody knows where
    the next request begins."""
    if headers.defects or any(not _NAME.fullmatch(name) for name in headers):
        return b"400 Bad Request"
    if any(character in str(value) for value in headers.values() for character in "\r\n\0"):
        return b"400 Bad Request"
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", [])
    if codings and [coding.strip(" \t").lower() for coding in codings] != ["chunked"]:
        return b"501 Not Implemented"
    if len(lengths) > 1 or (codings and lengths) or (codings and version < "HTTP/1.1"):
        return b"400 Bad Request"
    if lengths and not _DIGITS.fullmatch(lengths[0].strip(" \t")):
        return b"400 Bad Request"
    return None
