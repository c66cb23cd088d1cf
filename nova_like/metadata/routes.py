"""One metadata request to one answer. Who asks is decided before, by the network card; no header ever changes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from nova_like.metadata import ec2, openstack, tokens
from nova_like.metadata.guest import Guest, contents

TOKEN_HEADER = "x-aws-ec2-metadata-token"  # noqa: S105 - a header's name
TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds"
_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_BYTES = "application/octet-stream"

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Session:
    """What an answer may rest on besides the request: the token secret, the wall clock, fresh randomness."""

    secret: bytes
    now: float  # seconds since 1970
    random_seed: bytes = b""
    token_required: bool = False


def answer(method: str, path: str, headers: Mapping[str, str], guest: Guest, session: Session) -> Answer:
    """(status, headers, body) for one request; header names in lower case."""
    if not guest.metadata.served:
        return _refuse(403, "Forbidden")  # as Amazon does where the endpoint is disabled
    steps = [unquote(step) for step in path.partition("?")[0].split("/") if step]
    if steps == ["latest", "api", "token"]:
        return _token(method, headers, guest, session)
    if method not in ("GET", "HEAD"):
        return _refuse(405, "Method Not Allowed", {"allow": "GET, HEAD"})
    openstack_tree = steps[:1] == ["openstack"]
    # who asks for tokens means what can be read: the other tree is no way around them
    required = guest.metadata.token_required or (session.token_required and not openstack_tree)
    if not _may(headers.get(TOKEN_HEADER), required, guest, session):
        return _refuse(401, "Unauthorized")
    return _openstack(steps[1:], guest, session) if openstack_tree else _ec2(steps, guest)


def _may(token: str | None, required: bool, guest: Guest, session: Session) -> bool:
    """A token that is given must hold, also where none is asked for."""
    if token is None:
        return not required
    return tokens.is_valid(session.secret, guest.metadata.instance_id, session.now, token)


def _token(method: str, headers: Mapping[str, str], guest: Guest, session: Session) -> Answer:
    if method != "PUT":
        return _refuse(405, "Method Not Allowed", {"allow": "OPTIONS, PUT"})
    if "x-forwarded-for" in headers:
        return _refuse(403, "Forbidden")  # as Amazon does: an open proxy in the guest must not hand out tokens
    text = headers.get(TTL_HEADER, "")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= tokens.MAX_TTL_SECONDS and len(text) < 9):
        return _refuse(400, "Bad Request")
    token = tokens.issue(session.secret, guest.metadata.instance_id, session.now, int(text))
    return 200, {"content-type": _TEXT, TTL_HEADER: str(int(text))}, token.encode()


def _ec2(steps: list[str], guest: Guest) -> Answer:
    if not steps:
        return 200, {"content-type": _TEXT}, "\n".join(ec2.VERSIONS).encode()
    if steps[0] not in ec2.VERSIONS:
        return _refuse(404, "Not Found")
    return _ec2_entry("/".join(steps[1:]), guest)


def _ec2_entry(path: str, guest: Guest) -> Answer:
    leaves = ec2.tree(guest)
    if path in leaves:
        kind = _BYTES if path == "user-data" else _TEXT
        return 200, {"content-type": kind}, leaves[path]
    names = ec2.listing(leaves, guest, path)
    return (200, {"content-type": _TEXT}, names) if names is not None else _refuse(404, "Not Found")


def _openstack(steps: list[str], guest: Guest, session: Session) -> Answer:
    if not steps:
        return 200, {"content-type": _TEXT}, "\n".join(openstack.VERSIONS).encode()
    if steps[0] == openstack.CONTENT:
        return _content(steps[1:], guest)
    found = openstack.documents(guest, steps[0], session.random_seed)
    if len(steps) == 1 and found:
        return 200, {"content-type": _TEXT}, "\n".join(sorted(found)).encode()
    if len(steps) != 2 or steps[1] not in found:
        return _refuse(404, "Not Found")
    return 200, {"content-type": _JSON if steps[1].endswith(".json") else _BYTES}, found[steps[1]]


def _content(steps: list[str], guest: Guest) -> Answer:
    content = contents(guest.metadata).get(steps[0]) if len(steps) == 1 else None
    return (200, {"content-type": _BYTES}, content) if content is not None else _refuse(404, "Not Found")


def _refuse(status: int, reason: str, headers: dict[str, str] | None = None) -> Answer:
    return status, {"content-type": _TEXT, **(headers or {})}, f"{status} {reason}\n".encode()
