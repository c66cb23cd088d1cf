"""Replies as XML: walks the shape of a result and writes what the handler filled in. Never reads XML."""

import base64
import datetime
import re
from typing import Any

from nova_like.api.ec2.shapes import Operation, Shape

_EC2_XMLNS = "http://ec2.amazonaws.com/doc/{}/"
_STS_XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def reply(operation: Operation, result: dict[str, Any] | None, version: str, request_id: str) -> str:
    """The body of a success, in the form of the operation's service."""
    parts: list[str] = [_HEAD]
    write = _sts_reply if operation.service == "sts" else _ec2_reply
    write(parts, operation, result, version, request_id)
    return "".join(parts)


def error(service: str, code: str, message: str, request_id: str, fault: bool = False) -> str:
    """The body of a failure. `fault`: ours, not the sender's."""
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "sts":
        kind = "Receiver" if fault else "Sender"
        return (
            f'{_HEAD}<ErrorResponse xmlns="{_STS_XMLNS}"><Error><Type>{kind}</Type>{inner}</Error>'
            f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
        )
    return (
        f"{_HEAD}<Response><Errors><Error>{inner}</Error></Errors>"
        f"<RequestID>{escape(request_id)}</RequestID></Response>"
    )


def escape(text: str) -> str:
    """Text as XML content; characters that XML 1.0 cannot hold become U+FFFD."""
    text = _FORBIDDEN.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _ec2_reply(
    parts: list[str], operation: Operation, result: dict[str, Any] | None, version: str, request_id: str
) -> None:
    name = f"{operation.name}Response"
    parts.append(f'<{name} xmlns="{_EC2_XMLNS.format(version)}"><requestId>{escape(request_id)}</requestId>')
    if operation.output.members:
        _members(parts, operation.output, result or {})
    else:
        parts.append("<return>true</return>")
    parts.append(f"</{name}>")


def _sts_reply(
    parts: list[str], operation: Operation, result: dict[str, Any] | None, version: str, request_id: str
) -> None:
    name = f"{operation.name}Response"
    parts.append(f'<{name} xmlns="{_STS_XMLNS}"><{operation.wrapper}>')
    _members(parts, operation.output, result or {})
    parts.append(f"</{operation.wrapper}><ResponseMetadata><RequestId>{escape(request_id)}</RequestId>")
    parts.append(f"</ResponseMetadata></{name}>")


def _members(parts: list[str], shape: Shape, value: dict[str, Any]) -> None:
    found = 0
    for member in shape.members:
        if member.name in value:
            found += 1
            if value[member.name] is not None:
                _element(parts, member.shape, member.xml, value[member.name])
    if found != len(value):  # a handler's slip: a member that no client would ever see
        raise KeyError(f"not in the shape: {set(value) - {member.name for member in shape.members}}")


def _element(parts: list[str], shape: Shape, tag: str, value: Any) -> None:
    if shape.kind == "list" and shape.flat:
        _items(parts, shape, tag, value)
        return
    parts.append(f"<{tag}>")
    if shape.kind == "structure":
        _members(parts, shape, value)
    elif shape.kind == "list":
        _items(parts, shape, shape.item_xml, value)
    else:
        parts.append(_text(shape.kind, value))
    parts.append(f"</{tag}>")


def _items(parts: list[str], shape: Shape, tag: str, values: list[Any]) -> None:
    assert shape.item is not None
    for value in values:
        _element(parts, shape.item, tag, value)


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return timestamp(value)
    if kind == "blob":
        return base64.b64encode(value).decode()
    return escape(str(value))


def timestamp(value: float | datetime.datetime) -> str:
    """A time (seconds since 1970, or aware) as Amazon writes it: 2026-11-21T05:55:23.000Z."""
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromtimestamp(value, datetime.UTC)
    moment = moment.astimezone(datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
