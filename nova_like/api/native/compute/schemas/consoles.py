"""Bodies that ask for consoles. There are more kinds than this cloud has."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped

Json = dict[str, Any]


def _kinds(protocols: tuple[str, ...], types: tuple[str, ...]) -> Json:
    both = {"protocol": {"enum": list(protocols)}, "type": {"enum": list(types)}}
    return wrapped("remote_console", obj(both, ("protocol", "type")))


_PROTOCOLS = ("vnc", "spice", "rdp", "serial")
_TYPES = ("novnc", "xvpvnc", "rdp-html5", "spice-html5", "serial")
REMOTE = (
    ("2.6", _kinds(_PROTOCOLS, _TYPES)),
    ("2.8", _kinds((*_PROTOCOLS, "mks"), (*_TYPES, "webmks"))),
)


def old(*types: str) -> Json:
    return obj({"type": {"enum": list(types)}}, ("type",))
