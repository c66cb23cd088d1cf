"""An API worker's numbers: requests by route, requests in hand, the sender's messages."""

from collections.abc import Iterable
from typing import Any

from nova_like.cmd.metrics import server
from nova_like.cmd.metrics.families import counter, events, gauge, histogram

ROUTE = ("api", "method", "route")


def show(conf: Any, front: Any) -> None:
    """Show the numbers of an ApiFront."""
    server.serve(conf, lambda: [*families(front), events(tallies(front))], conf.api.workers)


def families(front: Any) -> Iterable[Any]:
    yield counter("requests", "Requests answered.", (*ROUTE, "status"), front.requests.answered.read())
    yield histogram("request_seconds", "Until the answer was made.", ROUTE, front.requests.seconds)
    yield gauge("requests_in_hand", "Requests being answered.", (), {(): front.app.in_hand})
    gates = front.app.gates
    waiting = {(kind,): gate.waiting for kind, gate in gates.items()}
    yield gauge("requests_waiting", "Requests that wait to be taken up.", ("kind",), waiting)
    refused = {(kind,): gate.refused for kind, gate in gates.items()}
    yield counter("requests_refused", "Requests sent away because too many waited.", ("kind",), refused)


def tallies(front: Any) -> dict[str, Any]:
    return {"api_sender": front.sender.counters}
