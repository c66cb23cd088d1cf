"""The shape of all that goes over the bus: every method with its arguments, every dataclass with its fields, as JSON.

A release keeps its shape as a fixture, so that later ones can be held against it. At a release:

    .venv/bin/python tests/contract/contract_shapes.py > tests/contract/fixtures/contracts-$(date +%F).json

and fixtures older than the release before may go.
"""

import dataclasses
import json
import types
import typing
from typing import Any

Shape = dict[str, Any]


def present() -> Shape:
    """The shape of the code as it is."""
    from nova_like.rpc.contracts.compute import Compute
    from nova_like.rpc.contracts.flows import Flows
    from nova_like.rpc.contracts.network import Network
    from nova_like.rpc.contracts.reports import Reports
    from nova_like.rpc.contracts.volume import Volume

    classes: dict[str, Any] = {}
    contracts = {kind.topic: _contract(kind, classes) for kind in (Compute, Flows, Network, Reports, Volume)}
    return {"contracts": contracts, "dataclasses": dict(sorted(classes.items()))}


def _contract(kind: Any, classes: dict[str, Any]) -> Shape:
    methods = {
        name: {
            "call": method.is_call,
            "arguments": {arg: spell(given, classes) for arg, given in method.arguments.items()},
            "optional": sorted(method.optional),
            "returns": spell(method.returns, classes),
        }
        for name, method in kind.methods.items()
    }
    return {"exchange": kind.exchange, "per_host": kind.per_host, "version": kind.version, "methods": methods}


def spell(kind: Any, classes: dict[str, Any]) -> str:
    """A type as text; the dataclasses that it needs are put into `classes`."""
    if dataclasses.is_dataclass(kind):
        name = str(kind.__name__)  # type: ignore[union-attr]
        if name not in classes:
            classes[name] = {}  # ahead of its fields: a dataclass may hold itself
            hints = typing.get_type_hints(kind)
            for field in dataclasses.fields(kind):
                needed = field.default is field.default_factory is dataclasses.MISSING
                classes[name][field.name] = {"type": spell(hints[field.name], classes), "needed": needed}
        return name
    if kind is None or kind is type(None):
        return "None"
    if kind is Any:
        return "Any"
    parts = typing.get_args(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return " | ".join(spell(part, classes) for part in parts)
    if parts:
        inside = ", ".join("..." if part is Ellipsis else spell(part, classes) for part in parts)
        return f"{typing.get_origin(kind).__name__}[{inside}]"  # type: ignore[union-attr]
    return str(kind.__name__)


if __name__ == "__main__":
    print(json.dumps(present(), indent=1))
