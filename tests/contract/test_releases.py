"""N-1 and N side by side on one bus: whatever one sends the other takes, both ways, for each kept release."""

import dataclasses
import json
import types
from pathlib import Path
from typing import Any

import pytest
from contract_shapes import Shape, present

from nova_like.model import orders, wire
from nova_like.model.errors import Invalid
from nova_like.rpc.contract import Contract, Method, cast

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("contracts-*.json"))
SCALARS = {"str": "text", "int": 7, "float": 1.5, "bool": True, "None": None, "Any": {"any": [1]}}


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def older(request: pytest.FixtureRequest) -> Shape:
    return dict(json.loads(request.param.read_text()))


def breaks(old: Shape, new: Shape) -> list[str]:
    """What a mixed cloud would stumble over, as sentences."""
    found = []
    for topic, contract in old["contracts"].items():
        now = new["contracts"].get(topic)
        if now is None:
            found.append(f"contract {topic} is gone")
            continue
        for key in ("exchange", "per_host"):
            if contract[key] != now[key]:
                found.append(f"{topic}: {key} is another")
        if contract["version"].partition(".")[0] != now["version"].partition(".")[0]:
            found.append(f"{topic}: another major version")
        for name, method in contract["methods"].items():
            found += _method_breaks(f"{topic}.{name}", method, now["methods"].get(name))
    for name, fields in old["dataclasses"].items():
        found += _field_breaks(name, fields, new["dataclasses"].get(name, {}))
    return found


def _method_breaks(name: str, old: Shape, new: Shape | None) -> list[str]:
    if new is None:
        return [f"{name} is gone: older daemons still send it"]
    found = [f"{name}: cast and call are mixed up"] if old["call"] != new["call"] else []
    for argument in new["arguments"].keys() - old["arguments"].keys() - set(new["optional"]):
        found.append(f"{name}: argument {argument} is new and needs a default")
    for argument in old["arguments"].keys() - set(old["optional"]):
        if argument not in new["arguments"] or argument in new["optional"]:
            found.append(f"{name}: older daemons need the argument {argument}")
    both = old["arguments"].keys() & new["arguments"].keys()
    return found + [f"{name}: argument {argument} is of another type" for argument in sorted(both)
                    if old["arguments"][argument] != new["arguments"][argument]]  # fmt: skip


def _field_breaks(name: str, old: Shape, new: Shape) -> list[str]:
    found = [f"{name}.{field} is new and needs a default" for field in new.keys() - old.keys() if new[field]["needed"]]
    found += [f"{name}.{field} is gone, older daemons need it" for field in old.keys() - new.keys()
              if old[field]["needed"]]  # fmt: skip
    found += [f"{name}.{field} was optional and is needed now" for field in old.keys() & new.keys()
              if new[field]["needed"] and not old[field]["needed"]]  # fmt: skip
    return found + [f"{name}.{field} is of another type" for field in old.keys() & new.keys()
                    if old[field]["type"] != new[field]["type"]]  # fmt: skip


def build(shape: Shape) -> dict[str, Any]:
    """The dataclasses of a shape, by name, as the release had them."""
    made: dict[str, Any] = {}
    space = {"Any": Any, **made}
    left = dict(shape["dataclasses"])
    while left:
        for name, fields in list(left.items()):
            try:
                kinds = {field: eval(what["type"], {}, space) for field, what in fields.items()}
            except NameError:
                continue  # needs one that is not made yet
            listed = sorted(fields, key=lambda field: not fields[field]["needed"])
            made[name] = space[name] = dataclasses.make_dataclass(
                name, [(f, kinds[f]) if fields[f]["needed"] else (f, kinds[f], dataclasses.field(default=None))
                       for f in listed],
            )  # fmt: skip
            del left[name]
    return made


def example(spelled: str, shape: Shape, needed_only: bool = False) -> Any:
    """A JSON value of this type as a daemon of that shape sends it."""
    if spelled in SCALARS:
        return SCALARS[spelled]
    if spelled in shape["dataclasses"]:
        fields = shape["dataclasses"][spelled]
        return {name: example(what["type"], shape, needed_only) for name, what in fields.items()
                if what["needed"] or not needed_only}  # fmt: skip
    if " | " in spelled:
        return example(spelled.split(" | ")[0], shape, needed_only)
    outer, _, inside = spelled.rstrip("]").partition("[")
    if outer == "dict":
        return {"key": example(inside.partition(", ")[2], shape, needed_only)}
    assert outer in ("list", "tuple"), spelled
    return [example(inside.removesuffix(", ..."), shape, needed_only)]


def arguments(method: Shape, shape: Shape, needed_only: bool = False) -> dict[str, Any]:
    sent = {name for name in method["arguments"] if not (needed_only and name in method["optional"])}
    return {name: example(kind, shape, needed_only) for name, kind in method["arguments"].items() if name in sent}


def contracts() -> dict[str, dict[str, Method]]:
    from nova_like.rpc.contracts import compute, flows, network, reports, volume

    kinds = (compute.Compute, flows.Flows, network.Network, reports.Reports, volume.Volume)
    return {kind.topic: kind.methods for kind in kinds}


def test_there_is_a_kept_release() -> None:
    assert FIXTURES


def test_nothing_breaks_a_mixed_cloud(older: Shape) -> None:
    assert breaks(older, present()) == []


@pytest.mark.parametrize("needed_only", [False, True])
def test_we_take_what_older_daemons_send(older: Shape, needed_only: bool) -> None:
    methods = contracts()
    for topic, contract in older["contracts"].items():
        for name, method in contract["methods"].items():
            sent = arguments(method, older, needed_only)
            assert methods[topic][name].decode({**sent, "from_another_release": 1}).keys() == sent.keys()


def test_older_daemons_take_what_we_send(older: Shape) -> None:
    """Decoded by dataclasses as the older release had them: fields that it did not know are in the way of nothing."""
    made, new = build(older), present()
    for topic, contract in older["contracts"].items():
        for name, method in contract["methods"].items():
            sent = arguments(new["contracts"][topic]["methods"][name], new)
            for argument, kind in method["arguments"].items():
                if argument in sent:
                    wire.from_wire(eval(kind, {}, {"Any": Any, **made}), sent[argument])


def test_each_kind_of_break_is_seen(older: Shape) -> None:
    def changed(edit: Any) -> list[str]:
        new = json.loads(json.dumps(older))
        edit(new["contracts"]["compute"]["methods"], new["dataclasses"])
        return breaks(older, new)

    text = {"type": "str", "needed": True}
    assert changed(lambda methods, classes: methods.pop("spawn")) == [
        "compute.spawn is gone: older daemons still send it"
    ]
    assert changed(lambda methods, classes: methods["spawn"]["arguments"].update(more="str")) == [
        "compute.spawn: argument more is new and needs a default"
    ]
    assert changed(lambda methods, classes: methods["spawn"]["arguments"].pop("guest")) == [
        "compute.spawn: older daemons need the argument guest"
    ]
    assert changed(lambda methods, classes: classes["Order"].update(more=text)) == [
        "Order.more is new and needs a default"
    ]
    assert changed(lambda methods, classes: classes["Order"].pop("step")) == [
        "Order.step is gone, older daemons need it"
    ]
    assert changed(lambda methods, classes: classes["Order"]["undo"].update(needed=True)) == [
        "Order.undo was optional and is needed now"
    ]
    assert changed(lambda methods, classes: classes["Order"]["undo"].update(type="int")) == [
        "Order.undo is of another type"
    ]


def test_a_newer_sender_and_a_newer_receiver_get_on_with_us() -> None:
    """What the rules rest on: unknown fields are ignored, missing optional arguments and fields take their default."""

    class Next(Contract):
        topic = "next"

        @cast
        def spawn(self, order: orders.Order, hint: str = "none") -> None: ...

    order = example("Order", present())
    assert Next.methods["spawn"].decode({"order": order}) == {"order": wire.from_wire(orders.Order, order)}
    assert wire.from_wire(orders.Order, {**order, "tomorrow": {"a": [1]}}) == wire.from_wire(orders.Order, order)
    del order["undo"]
    assert wire.from_wire(orders.Order, order).undo is False
    del order["step"]
    with pytest.raises(Invalid):
        wire.from_wire(orders.Order, order)


def test_shapes_are_spelled_so_that_they_can_be_read_back(older: Shape) -> None:
    made = build(present())
    assert set(made) == set(present()["dataclasses"]) and not any(
        isinstance(kind, types.NoneType) for kind in made.values()
    )
