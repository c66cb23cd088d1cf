"""What sort of request it is, told by its first line alone: which limits hold for it. Routes nothing."""

import re

DOCUMENT = "document"  # says which versions there are: answered always, from nothing that can be busy
TRANSFER = "transfer"  # image data, as long and as slow as it likes
WORK = "work"
# the routes whose bodies or answers are streams: image data to and from users, and to hosts by signed link
_TRANSFER = re.compile(r"/image/(?:v2/images/[^/]+/(?:file|stage)|link/[^/]+)/?\Z")
# /network/v2.0 lists resources, for those who have a token
_DOCUMENT = re.compile(r"/*\Z|(?!/network/v2\.0/?\Z)/[a-z]+(?:/(?:v[0-9.]+|versions)?)?/?\Z")


def of(method: str, path: str, query: str) -> str:
    """DOCUMENT, TRANSFER or WORK. EC2 is asked at a short path too, with a query or by POST."""
    if _TRANSFER.match(path):
        return TRANSFER
    if method in ("GET", "HEAD") and not query and _DOCUMENT.match(path):
        return DOCUMENT
    return WORK
