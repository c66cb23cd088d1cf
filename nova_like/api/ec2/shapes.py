"""The shapes of Amazon's requests and replies, read from botocore's service model: only what our actions need.

Takes the data file, not the library: botocore's code is never imported. Knows no action's meaning.
"""

import gzip
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

MODELS = {"ec2": "ec2/2016-11-15", "sts": "sts/2011-06-15"}
# flavors are ours: Amazon's list of them binds nobody; others than are listed have codes of their own
_FREE = {"InstanceType", "ImageAttributeName", "ResetImageAttributeName", "AccountAttributeName"}


@dataclass(slots=True, eq=False)
class Member:
    """A member of a structure: `name` for handlers, `query` in requests, `xml` in replies."""

    name: str
    query: str
    xml: str
    shape: "Shape"
    required: bool = False
    token: bool = False  # made up by clients when not given (idempotency)


@dataclass(slots=True, eq=False)
class Shape:
    """A type: `kind` is structure, list, string, integer, long, boolean, double, float, timestamp or blob."""

    kind: str
    members: tuple[Member, ...] = ()
    item: "Shape | None" = None
    item_xml: str = "item"
    flat: bool = False
    enum: frozenset[str] | None = None


@dataclass(slots=True, eq=False)
class Operation:
    """One action: `service` is the name of its model, `wrapper` the element that STS puts around a result."""

    name: str
    service: str
    input: Shape
    output: Shape
    wrapper: str | None = None


class _File(msgspec.Struct):
    """The file with its shapes left as raw JSON: nine tenths of it is never decoded."""

    operations: dict[str, msgspec.Raw]
    shapes: dict[str, msgspec.Raw]


@dataclass
class _Reader:
    """Builds shapes by name, once each."""

    raw: dict[str, msgspec.Raw]
    made: dict[str, Shape] = field(default_factory=dict)

    def shape(self, name: str) -> Shape:
        if name not in self.made:
            data = msgspec.json.decode(self.raw[name])
            shape = self.made[name] = Shape(data["type"])  # before its members: shapes may hold themselves
            self._fill(shape, name, data)
        return self.made[name]

    def _fill(self, shape: Shape, name: str, data: dict[str, Any]) -> None:
        if shape.kind == "structure":
            required = set(data.get("required", ()))
            shape.members = tuple(self._member(key, ref, key in required) for key, ref in data["members"].items())
        elif shape.kind == "list":
            shape.item = self.shape(data["member"]["shape"])
            shape.item_xml = data["member"].get("locationName", "member")
            shape.flat = bool(data.get("flattened"))
        elif shape.kind == "map":
            raise TypeError(f"the EC2 protocol has no maps: {name}")
        elif "enum" in data and name not in _FREE:
            shape.enum = frozenset(data["enum"])

    def _member(self, name: str, ref: dict[str, Any], required: bool) -> Member:
        xml = ref.get("locationName", name)
        query = ref.get("queryName") or xml[0].upper() + xml[1:]
        return Member(name, query, xml, self.shape(ref["shape"]), required, bool(ref.get("idempotencyToken")))


def _path(service: str) -> Path:
    spec = importlib.util.find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("botocore's data files are needed")
    return Path(spec.submodule_search_locations[0]) / "data" / MODELS[service] / "service-2.json.gz"


def load(service: str, actions: Iterable[str]) -> dict[str, Operation]:
    """The operations named, of the service `ec2` or `sts`, with all that they refer to."""
    file = msgspec.json.decode(gzip.decompress(_path(service).read_bytes()), type=_File)
    reader = _Reader(file.shapes)
    return {name: _operation(service, name, msgspec.json.decode(file.operations[name]), reader) for name in actions}


def _operation(service: str, name: str, data: dict[str, Any], reader: _Reader) -> Operation:
    into, out = (
        reader.shape(data[side]["shape"]) if side in data else Shape("structure") for side in ("input", "output")
    )
    return Operation(name, service, into, out, data.get("output", {}).get("resultWrapper"))
