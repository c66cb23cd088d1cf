"""Parameters of a request, flattened as Amazon's Query protocol has them, into the members that a shape declares.

Walks the shape, never the action. What the shape does not know is an UnknownParameter.
"""

import base64
import binascii
import datetime
import re
from typing import Any

from nova_like.api.ec2.refused import invalid, missing, unknown
from nova_like.api.ec2.shapes import Shape

# of every request, whatever its action: the protocol's own, and those of signatures
COMMON = frozenset({"Action", "Version", "AWSAccessKeyId", "Signature", "SignatureVersion", "SignatureMethod"})
DEPTH = 12
_NUMBER = re.compile(r"-?[0-9]{1,18}\Z")
_INDEX = re.compile(r"[1-9][0-9]{0,4}\Z")
_REAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE]-?[0-9]{1,2})?\Z")

Tree = dict[str, Any]


def parse(shape: Shape, params: dict[str, str]) -> dict[str, Any]:
    """The request's members by name; absent ones are absent. Raises Refused naming the parameter at fault."""
    own = {key: value for key, value in params.items() if key not in COMMON and not key.startswith("X-Amz-")}
    return _structure(shape, _tree(own), "")


def _tree(params: dict[str, str]) -> Tree:
    """`{"A.1.B": "x"}` as `{"A": {"1": {"B": "x"}}}`."""
    root: Tree = {}
    for key, value in params.items():
        *way, last = key.split(".")
        node: Any = root
        if len(way) >= DEPTH:
            raise unknown(key)
        for name in way:
            node = node.setdefault(name, {})
            if isinstance(node, str):
                raise unknown(key)
        if last in node:
            raise unknown(key)
        node[last] = value
    return root


def _structure(shape: Shape, node: Any, path: str) -> dict[str, Any]:
    if isinstance(node, str):
        raise unknown(path)
    result: dict[str, Any] = {}
    for member in shape.members:
        if member.query in node:
            result[member.name] = _value(member.shape, node[member.query], _join(path, member.query))
        elif member.required:
            raise missing(_join(path, member.query))
    for name in node:
        if not any(member.query == name for member in shape.members):
            raise unknown(_join(path, name))
    return result


def _value(shape: Shape, node: Any, path: str) -> Any:
    if shape.kind == "structure":
        return _structure(shape, node, path)
    if shape.kind == "list":
        return _list(shape, node, path)
    if not isinstance(node, str):
        raise unknown(_join(path, next(iter(node))))
    value = _SCALARS[shape.kind](node, path)
    if shape.enum is not None and value not in shape.enum:
        raise invalid(path, node)
    return value


def _list(shape: Shape, node: Any, path: str) -> list[Any]:
    if isinstance(node, str):
        if node == "":
            return []  # how an empty list is written
        raise unknown(path)
    for index in node:
        if not _INDEX.match(index):
            raise unknown(_join(path, index))
    assert shape.item is not None
    return [_value(shape.item, node[index], _join(path, index)) for index in sorted(node, key=int)]


def _string(text: str, path: str) -> str:
    return text


def _integer(text: str, path: str) -> int:
    if not _NUMBER.match(text):
        raise invalid(path, text, "It must be an integer.")
    return int(text)


def _real(text: str, path: str) -> float:
    if not _REAL.match(text):
        raise invalid(path, text, "It must be a number.")
    return float(text)


def _boolean(text: str, path: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise invalid(path, text, "It must be true or false.") from None


def _blob(text: str, path: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise invalid(path, text, "It must be base64.") from None


def _timestamp(text: str, path: str) -> datetime.datetime:
    try:
        value = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise invalid(path, text, "It must be an ISO 8601 time.") from None
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


_SCALARS = {
    "string": _string, "integer": _integer, "long": _integer, "float": _real, "double": _real,
    "boolean": _boolean, "blob": _blob, "timestamp": _timestamp,
}  # fmt: skip


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
