"""A database of its own for each test, with one network in it."""

import ipaddress

from nova_like import concurrency
from nova_like.db import networks, subnets
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA


def database(tmp_path):
    found = Database(f"sqlite:///{tmp_path}/db.sqlite")
    METADATA.create_all(found.engine)
    return found


def network(tx, project_id="p1", cidr="10.0.0.0/16", name="net", **more):
    """A network with one subnet, as `usable` shows it."""
    row = {"id": concurrency.new_id(), "project_id": project_id, "name": name, **more}
    networks.insert(tx, row)
    block = ipaddress.ip_network(cidr)
    first = int(block.network_address)
    subnets.insert(tx, {
        "id": concurrency.new_id(), "network_id": row["id"], "project_id": project_id, "name": "sub", "cidr": cidr,
        "gateway": str(block[1]), "first": first + 2, "last": first + block.num_addresses - 2, "dns": ["9.9.9.9"],
    })  # fmt: skip
    return networks.get(tx, row["id"], None)
