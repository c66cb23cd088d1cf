"""A cloud for the EC2 dialect's tests: the real application behind a real server, the real database and services, and
stand-ins only for what needs daemons. Test code; holds no assertion."""

import dataclasses
import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import boto3
import botocore.config
import sqlalchemy as sa

from nova_like import concurrency, conf
from nova_like.api import ec2
from nova_like.db import flavors, hosts, instances, locks, ports
from nova_like.db.engine import Database
from nova_like.db.images import list_images
from nova_like.db.schema import METADATA
from nova_like.db.schema.flows import flows
from nova_like.db.schema.images import images
from nova_like.db.schema.networks import networks, security_groups, subnets
from nova_like.flows.start import Starter
from nova_like.model.context import Context
from nova_like.services.booting import Booting
from nova_like.services.flavors import Flavors
from nova_like.services.hosts import Hosts
from nova_like.services.instances import Instances
from nova_like.services.keypairs import Keypairs
from nova_like.services.policy import Policy
from nova_like.services.quotas import Quotas
from nova_like.services.tags import Tags

Row = dict[str, Any]
QUOTA = 50


class Daemons:
    """Plays scheduler and agents: every flow that was begun has ended well."""

    ENDS = {"boot": "active", "start": "active", "stop": "stopped", "reboot": "active", "delete": "deleted"}

    def __init__(self, db: Database) -> None:
        self.db = db

    def settle(self) -> None:
        self.db.transact(self._end_all)

    def _end_all(self, tx: Any) -> None:
        for flow in tx.rows(sa.select(flows).where(flows.c.due_at.is_not(None))):
            self._end(tx, flow)

    def _end(self, tx: Any, flow: Row) -> None:
        kind, now = flow["then"] or flow["kind"], concurrency.now().timestamp()
        values: Row = {"state": self.ENDS[kind], "host": "h1", "zone": "nova", "launched_at": now}
        if kind == "delete":
            values["deleted_at"] = now
            ports.release(tx, flow["resource_id"])
        instances.update(tx, flow["resource_id"], **values)
        locks.release(tx, flow["id"])
        tx.execute(sa.update(flows).where(flows.c.id == flow["id"]).values(state="done", due_at=None))


class Console:
    """A compute agent, asked for a console."""

    def call(self, ctx: Context, method: str, address: str, **args: Any) -> str:
        return "login: \x1b[0m \u00e9\n"


class Images:
    """The images that a project may see."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def list(self, ctx: Context, **query: Any) -> Any:
        return self.db.read(lambda tx: list_images(tx, ctx.project_id, {}, 1000))


class Rows:
    """Rows of a table that a project owns."""

    def __init__(self, db: Database, table: sa.Table) -> None:
        self.db, self.table = db, table

    def list(self, ctx: Context, **query: Any) -> Any:
        mine = self.table.c.project_id == ctx.project_id
        return self.db.read(lambda tx: tx.rows(sa.select(self.table).where(mine)))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests are silent."""


class World:
    """`keys` maps access keys to (secret, Context)."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder}/cloud.sqlite")
        METADATA.create_all(self.db.engine)
        self.keys: dict[str, tuple[str, Context]] = {}
        self.conf = conf.new(["api", "quota"])
        self.conf([], default_config_files=[])
        self.conf.set_override("instances", QUOTA, "quota")
        self.conf.set_override("cores", 1000, "quota")
        self.daemons = Daemons(self.db)
        policy, starter = Policy(self.conf), Starter(lambda ids: None)
        booting = Booting(self.db, policy, starter, Quotas(self.conf))
        self.services = SimpleNamespace(
            policy=policy, images=Images(self.db), tags=Tags(self.db, policy),
            flavors=Flavors(self.db, policy), keypairs=Keypairs(self.db, policy), hosts=Hosts(self.db, policy, 75),
            identity=SimpleNamespace(ec2_key=self.keys.get), subnets=Rows(self.db, subnets),
            security_groups=Rows(self.db, security_groups),
            instances=Instances(self.db, policy, starter, booting, Console()),
        )  # fmt: skip
        self.mounts = {"/ec2": ec2.factory({}), "/sts": ec2.factory({}, service="sts")}
        self._seed()

    def _seed(self) -> None:
        size = {"ephemeral_gib": 0, "swap_mib": 0, "public": True, "disabled": False}
        rows = [{"id": str(n), "name": f"m1.{name}", "vcpus": n, "ram_mib": n * 512, "disk_gib": n, **size}
                for n, name in enumerate(("tiny", "small"), 1)]  # fmt: skip
        host = {"kind": "compute", "name": "h1", "address": "a", "boot_id": "b", "facts": None,
                "vcpus": 8, "ram_mib": 8192, "disk_gib": 100}  # fmt: skip
        self.db.transact(lambda tx: [flavors.insert(tx, row) for row in rows])
        self.db.transact(lambda tx: hosts.upsert(tx, [host]))

    def add_image(self, owner: str, name: str, visibility: str = "shared") -> Row:
        row = {"id": concurrency.new_id(), "owner_id": owner, "name": name, "visibility": visibility,
               "status": "active", "min_disk_gib": 0, "min_ram_mib": 0, "virtual_size_bytes": 1}  # fmt: skip
        self.db.transact(lambda tx: tx.execute(sa.insert(images).values(**row)))
        return row

    def add_network(self, project: str) -> tuple[str, str]:
        """(network id, subnet id) of a project's only network."""
        network, subnet = concurrency.new_id(), concurrency.new_id()
        low = int(ipaddress.ip_address("10.0.0.0"))
        facts = {"cidr": "10.0.0.0/24", "gateway": "10.0.0.1", "first": low + 2, "last": low + 254}

        def work(tx: Any) -> None:
            tx.execute(sa.insert(networks).values(id=network, project_id=project, name="net"))
            row = {"id": subnet, "network_id": network, "project_id": project, "name": "", **facts}
            tx.execute(sa.insert(subnets).values(**row))

        self.db.transact(work)
        return network, subnet

    def user(self, name: str, project: str, *roles: str) -> "Account":
        """An access key of a user with these roles in a project."""
        access, secret = f"AK{name}{project}", concurrency.secret(40)
        ctx = Context(user_id=f"user-{name}", user_name=name, project_id=project, roles=roles or ("member", "reader"))
        self.keys[access] = (secret, ctx)
        return Account(access, secret, self)

    def app(self, environ: dict[str, Any], start_response: Any) -> Any:
        mount = next((mount for mount in self.mounts if environ["PATH_INFO"].startswith(mount)), "/ec2")
        environ |= {"SCRIPT_NAME": mount, "PATH_INFO": environ["PATH_INFO"].removeprefix(mount),
                    "nova_like.services": self.services, "nova_like.conf": self.conf}  # fmt: skip
        return self.mounts[mount](environ, start_response)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The base URL of a server of this world, while the block runs."""
        server = make_server("127.0.0.1", 0, self.app, _Server, _Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            self.url = f"http://127.0.0.1:{server.server_port}"
            yield self.url
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)
            self.db.dispose()


@dataclasses.dataclass
class Account:
    access: str
    secret: str
    world: World

    def client(self, service: str = "ec2", mount: str = "/ec2", **config: Any) -> Any:
        """A boto3 client of this account."""
        return boto3.client(
            service, endpoint_url=self.world.url + mount, region_name="RegionOne", aws_access_key_id=self.access,
            aws_secret_access_key=self.secret,
            config=botocore.config.Config(retries={"max_attempts": 1}, proxies={}, **config),
        )  # fmt: skip
