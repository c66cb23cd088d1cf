"""How each daemon's process begins: the same wiring as `cmd/`, over the simulated bus and database."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_like import concurrency
from nova_like.cmd import scheduler as scheduler_program
from nova_like.cmd import scheduler_parts
from nova_like.cmd.api_parts import ApiFront
from nova_like.compute import service as compute
from nova_like.network import service as network
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.network import Network
from nova_like.rpc.contracts.volume import Volume
from nova_like.rpc.server import serve
from nova_like.volume import service as volume
from tests.simulation.bus import Bus, Transport
from tests.simulation.database import Ills, SimulatedDatabase
from tests.simulation.loop import Loop, Process
from tests.simulation.template import HOSTS, configure

AGENTS = {"compute": (Compute, compute), "network": (Network, network), "volume": (Volume, volume)}
NAMES = ("api-1", "api-2", "scheduler-1", "scheduler-2", *(f"compute-{host}" for host in HOSTS),
         *(f"network-{host}" for host in HOSTS), "volume-v1")  # fmt: skip


@dataclass
class Edges:
    """What daemons are made with."""

    loop: Loop
    bus: Bus
    ills: Ills
    state: Path
    delay_ms: float  # of each effect on a host


def begin(edges: Edges, process: Process) -> Callable[..., Any] | None:
    """Runs in a task of the new process, to the end of its start. An API's application is returned."""
    kind, _, rest = process.name.partition("-")
    if kind == "api":
        return _api(edges, process)
    if kind == "scheduler":
        _scheduler(edges, process)
    else:
        _agent(edges, process, kind, rest)
    return None


def _database(edges: Edges, process: Process, conf: Any) -> SimulatedDatabase:
    return SimulatedDatabase(conf.database.url, edges.loop, process, edges.ills)


def _api(edges: Edges, process: Process) -> Callable[..., Any]:
    conf = configure(edges.state, process.name)
    front = ApiFront(conf, Transport(edges.bus, process), _database(edges, process, conf))
    front.open(concurrency.Event())
    return front.app


def _scheduler(edges: Edges, process: Process) -> None:
    conf = configure(edges.state, process.name)
    transport = Transport(edges.bus, process)
    made = scheduler_parts.make(conf, transport, _database(edges, process, conf))
    scheduler_program.start(conf, transport, made, concurrency.Event())


def _agent(edges: Edges, process: Process, kind: str, host: str) -> None:
    """As cmd/agents.run does, less the signals."""
    conf = configure(edges.state, host, edges.delay_ms)
    contract, service = AGENTS[kind]
    transport = Transport(edges.bus, process)
    made: Any = service.make(conf, transport)  # type: ignore[attr-defined]
    if hasattr(made, "start"):
        made.start()
    serve(transport, contract, made.handler, made.agent.address)
    transport.when_back(made.agent.reporter.greet)
    concurrency.spawn(made.agent.report_loop, concurrency.Event(), name="reports")
