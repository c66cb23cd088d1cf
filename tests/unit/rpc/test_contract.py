"""Contracts as declared: what may be said, and how it is read."""

import pytest

from nova_like.model import wire
from nova_like.model.context import Context
from nova_like.model.errors import Invalid
from nova_like.model.orders import Answer, Guest, HostReport, Order
from nova_like.rpc.client import Client
from nova_like.rpc.contract import Contract, call, cast
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.contracts.network import Network
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.contracts.volume import Volume

ORDER = Order("flow", "spawn", "guest", 3, "h1", "boot")


class Sample(Contract):
    topic = "sample"

    @cast
    def put(self, order: Order, note: str = "") -> None: ...

    @call(2)
    def get(self, key: str) -> int:
        return 0


def test_a_report_nobody_took_is_dropped_before_its_host_counts_as_down_and_an_answer_is_kept():
    """What a host said before it died must not make it seem alive when a scheduler comes back."""
    sent = {}

    class Transport:
        def _send(self, target, context, message, timeout=None, **rest):
            sent[message["method"]] = timeout

    client = Client(Transport(), Reports)
    client.cast(Context(), "hosts", reports=[HostReport("compute", "h1", "a1", "boot")])
    client.cast(Context(), "answer", answer=Answer("f", "s", "r", 1, "h1", "boot", "done"))
    assert sent == {"hosts": 45.0, "answer": None}
    assert Sample.methods["put"].life_seconds is None


def over_the_wire(data):
    return wire.decode(wire.encode(data))


@pytest.mark.parametrize("contract", [Compute, Flows, Network, Reports, Volume])
def test_every_method_names_its_arguments_types(contract):
    assert contract.methods
    for method in contract.methods.values():
        assert method.arguments
        assert not method.is_call or 0 < method.deadline_seconds <= 5


def test_arguments_survive_the_wire():
    method = Compute.methods["spawn"]
    given = {"order": ORDER, "guest": Guest("guest", "n", 1, 64, 1)}
    assert method.decode(over_the_wire(method.encode(given))) == given


def test_unknown_fields_and_arguments_of_a_newer_sender_are_ignored():
    data = over_the_wire(Sample.methods["put"].encode({"order": ORDER}))
    data["order"]["colour"] = "red"
    data["later"] = 1
    assert Sample.methods["put"].decode(data) == {"order": ORDER}


def test_an_older_sender_may_leave_out_what_has_a_default_only():
    assert Sample.methods["put"].optional == {"note"}
    with pytest.raises(Invalid, match="missing.*order"):
        Sample.methods["put"].decode({"note": "n"})


@pytest.mark.parametrize("data", [[], None, "x", {"order": 1}, {"order": {"flow": "f"}}, {"order": {"flow": 5}}])
def test_malformed_arguments_are_invalid(data):
    with pytest.raises(Invalid):
        Sample.methods["put"].decode(data)


def test_our_own_mistakes_are_type_errors():
    with pytest.raises(TypeError, match="missing"):
        Sample.methods["get"].encode({})
    with pytest.raises(TypeError, match="unexpected"):
        Sample.methods["get"].encode({"key": "k", "other": 1})
