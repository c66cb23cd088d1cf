"""network create: a network that instances can be put on, with its subnet."""

import ipaddress
from typing import Any

from nova_like import concurrency
from nova_like.cmd.manage.base import One
from nova_like.db import networks, projects, subnets
from nova_like.db.engine import Transaction
from nova_like.model.errors import Conflict, Invalid, NotFound

DOMAIN = "default"


class Create(One):
    """Make a network with one subnet; the first address is the gateway unless told. Made once: a network of this name
    with this range is left as it is."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--name", required=True)
        parser.add_argument("--cidr", required=True, help="IPv4 range of the subnet, such as 10.77.0.0/24")
        parser.add_argument("--gateway", help="address of the gateway; the first of the range unless told")
        parser.add_argument("--dns", action="append", default=[], metavar="ADDRESS")
        parser.add_argument("--mtu", type=int, default=1500)
        parser.add_argument("--shared", action="store_true", help="every project may use it")
        parser.add_argument("--project", default="admin", help="name of the owner's project")
        return parser

    def work(self, args: Any) -> dict[str, Any]:
        subnet = _subnet(args)
        return self.app.database.transact(lambda tx: _create(tx, args, subnet))


def _subnet(args: Any) -> dict[str, Any]:
    try:
        network = ipaddress.IPv4Network(args.cidr)
        gateway = ipaddress.IPv4Address(args.gateway) if args.gateway else network[1]
    except (ValueError, IndexError) as error:
        raise Invalid(str(error)) from None
    if network.prefixlen > 29 or gateway not in network:
        raise Invalid(f"{args.cidr} is too small, or {gateway} is not in it")
    first = int(network[1]) + (1 if gateway == network[1] else 0)
    return {"cidr": str(network), "gateway": str(gateway), "first": first, "last": int(network[-2]),
            "dns": list(args.dns), "name": f"{args.name}-subnet"}  # fmt: skip


def _create(tx: Transaction, args: Any, subnet: dict[str, Any]) -> dict[str, Any]:
    project = projects.by_name(tx, args.project, DOMAIN)
    if project is None:
        raise NotFound("project", args.project, f"There is no project {args.project}; run bootstrap first.")
    same = [row for row in networks.list_networks(tx, None) if row["name"] == args.name]
    if same:
        return _shown(_unchanged(same[0], subnet))
    row = {"id": concurrency.new_id(), "project_id": project["id"], "name": args.name, "shared": args.shared,
           "mtu": args.mtu}  # fmt: skip
    networks.insert(tx, row)
    ids = {"id": concurrency.new_id(), "network_id": row["id"], "project_id": project["id"]}
    subnets.insert(tx, {**subnet, **ids})
    return _shown({**row, "subnets": [{**subnet, **ids}]})


def _unchanged(row: dict[str, Any], subnet: dict[str, Any]) -> dict[str, Any]:
    if [found["cidr"] for found in row["subnets"]] != [subnet["cidr"]]:
        raise Conflict(f"There is a network {row['name']} of another range")
    return row


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    subnet = row["subnets"][0]
    return {"id": row["id"], "name": row["name"], "shared": row["shared"], "subnet": subnet["id"],
            "cidr": subnet["cidr"], "gateway": subnet["gateway"]}  # fmt: skip
