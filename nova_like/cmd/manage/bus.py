"""bus agent-key, permissions, queues: what an operator needs to join an agent, and to look at the broker."""

from typing import Any

from nova_like.cmd.manage.base import One, Plain, Table
from nova_like.model.errors import Invalid


class AgentKey(Plain):
    """Print the key that the agent at ADDRESS signs its reports with; its [bus] agent_key_file holds this line."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("address", help="the agent's [DEFAULT] host")
        return parser

    def work(self, args: Any) -> None:
        from nova_like.rpc.signing import agent_key, read_key

        path = self.app.conf.bus.master_key_file
        if not path:
            raise Invalid("[bus] master_key_file is not set: agents' keys are derived from it")
        self.app.stdout.write(agent_key(read_key(path), args.address).decode() + "\n")


class Permissions(One):
    """The broker permissions of a user: least privilege, as patterns for `rabbitmqctl set_permissions`."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("kind", choices=["controller", "compute", "network", "volume"])
        parser.add_argument("address", nargs="?", default="", help="the agent's [DEFAULT] host")
        return parser

    def work(self, args: Any) -> dict[str, Any]:
        from nova_like.rpc.permissions import permissions

        kind = "controller" if args.kind == "controller" else "agent"
        found = permissions(kind, args.address, "" if kind == "controller" else args.kind)
        return dict(zip(("configure", "write", "read"), found, strict=True))


class Queues(Table):
    """Depth and consumers of the queues that the known agents and schedulers serve."""

    def work(self, args: Any) -> Any:
        from nova_like.db import hosts
        from nova_like.rpc.inspect import depths

        rows = self.app.database.read(hosts.list_hosts)
        names = sorted({f"{row['kind']}.{row['address']}" for row in rows if row["kind"] != "scheduler"})
        found = depths(self.app.conf, ["flows", "reports", *names])
        return ("queue", "messages", "consumers"), [
            (name, *(depth or ("missing", "-"))) for name, depth in found.items()
        ]
