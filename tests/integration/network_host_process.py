"""A network agent without a bus, driven by JSON lines on stdin: `[verb, plug or null]` in, `[state, facts]` out.

Runs inside a host's namespace; killing it is what a crash of the agent is.
"""

import json
import sys
from pathlib import Path

from nova_like import concurrency
from nova_like.model import errors, wire
from nova_like.model.context import SYSTEM
from nova_like.model.orders import Order, Plug
from nova_like.network.agent import NetworkAgent
from nova_like.network.drivers.linux.commands import Commands
from nova_like.network.drivers.linux.dhcp import Dhcp
from nova_like.network.drivers.linux.driver import LinuxDatapath
from nova_like.network.metadata_server import MetadataServer

HOST = "host-1"


class Host:
    def __init__(self, state: Path, protected: list[str]) -> None:
        commands = Commands()
        self.datapath = LinuxDatapath(state, commands, Dhcp(state / "dhcp", commands), "eth0", protected)
        metadata = MetadataServer(self.datapath.bridges, self.datapath.guest_at, state / "metadata-secret")
        self.answers: list = []
        self.agent = NetworkAgent(self.datapath, HOST, [HOST], self._report, metadata)
        self.generation = 0

    def _report(self, ctx: object, method: str, **arguments: object) -> None:
        self.answers.append(arguments["answer"])

    def order(self, verb: str, plug: Plug) -> tuple[str, object]:
        self.generation += 1
        order = Order("f", verb, plug.instance_id, self.generation, HOST, self.agent.agent.boot_id)
        getattr(self.agent, verb)(SYSTEM, order, plug)
        answer = self.answers.pop()
        return answer.state, answer.facts or answer.fault

    def obey(self, verb: str, data: object) -> tuple[str, object]:
        if verb in ("plug", "unplug"):
            return self.order(verb, wire.from_wire(Plug, data))
        if verb == "ports":
            return "done", sorted(self.datapath.ports(HOST))
        try:
            {"start": self.agent.start, "verify": self.datapath.verify}[verb]()
        except errors.Fault as fault:
            return "failed", errors.to_dict(fault)
        return "done", None


def main() -> None:
    concurrency.init("threading")
    host = Host(Path(sys.argv[1]), sys.argv[2:])
    for line in sys.stdin:
        print(json.dumps(host.obey(*json.loads(line))), flush=True)


main()
