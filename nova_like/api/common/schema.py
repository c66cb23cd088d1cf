"""JSON schema validation: compiled once, one clear sentence naming the field on failure. Holds no schema."""

import datetime
import ipaddress
import re
from collections.abc import Callable
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

from nova_like.api.common.routing import Schema, Version, version
from nova_like.model.errors import Invalid
from nova_like.model.ids import normal_uuid

FORMATS = jsonschema.FormatChecker(formats=())
MESSAGE_LIMIT = 400


def _format(name: str) -> Callable[[Callable[[Any], bool]], Callable[[Any], bool]]:
    """A format that holds of every string for which the function is true and raises no ValueError."""
    return FORMATS.checks(name, raises=ValueError)


@_format("uuid")
def _uuid(value: Any) -> bool:
    return not isinstance(value, str) or normal_uuid(value) is not None


@_format("ipv4")
def _ipv4(value: Any) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_format("ipv6")
def _ipv6(value: Any) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv6Address(value))


@_format("ip")
def _ip(value: Any) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_address(value))


@_format("cidr")
def _cidr(value: Any) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_network(value, strict=False))


@_format("mac")
def _mac(value: Any) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", value) is not None


@_format("date-time")
def _date_time(value: Any) -> bool:
    return not isinstance(value, str) or bool(datetime.datetime.fromisoformat(value))


@_format("base64")
def _base64(value: Any) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9+/\s]*={0,2}\s*", value) is not None


@_format("name")
def _name(value: Any) -> bool:
    """A name for people: printable, not blank at either end."""
    return not isinstance(value, str) or (value.isprintable() and value == value.strip() and bool(value))


class Validator:
    """One JSON schema, compiled. `check` returns nothing or raises Invalid with `field` and `value`."""

    def __init__(self, schema: dict[str, Any]) -> None:
        jsonschema.Draft202012Validator.check_schema(schema)
        self._validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)

    def check(self, value: Any) -> None:
        error = best_match(self._validator.iter_errors(value))
        if error is None:
            return
        path = ".".join(str(part) for part in error.absolute_path)
        text = error.message if len(error.message) <= MESSAGE_LIMIT else error.message[:MESSAGE_LIMIT] + "..."
        reason = f"Invalid input for field/attribute {path}. {text}" if path else f"Invalid input: {text}"
        raise Invalid(reason, field=path, code="schema")


class Validators:
    """What a route's `schema` says, compiled: one validator, or one for each version from which a schema holds."""

    def __init__(self, schema: Schema) -> None:
        steps = schema if isinstance(schema, tuple) else (("0.0", schema),)
        self._steps = [(version(since), Validator(one)) for since, one in reversed(steps)]

    def check(self, value: Any, at: Version = (0, 0)) -> None:
        for since, validator in self._steps:
            if at >= since:
                validator.check(value)
                return
        self._steps[-1][1].check(value)


_COMPILED: dict[int, tuple[Schema, Validators]] = {}


def validators(schema: Schema) -> Validators:
    """The compiled form of `schema`, made once (schemas are module constants: known by identity, kept for ever)."""
    known = _COMPILED.get(id(schema))
    if known is None:
        known = _COMPILED[id(schema)] = (schema, Validators(schema))
    return known[1]


def obj(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """An object that has these properties and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False,
            **more}  # fmt: skip


def wrapped(name: str, inner: dict[str, Any]) -> dict[str, Any]:
    """{name: inner}: the envelope that OpenStack bodies have."""
    return obj({name: inner}, (name,))
