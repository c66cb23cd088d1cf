"""A cloud for the EC2 dialect's tests: the real application behind a real server, the real database and services, and
stand-ins only for what needs daemons. Test code."""

import configparser
import dataclasses
import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import boto3
import botocore.config
import sqlalchemy as sa

from nova_like import concurrency, conf, services
from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.db import hosts, instances, locks, ports, projects, users
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.db.schema.flows import flows
from nova_like.db.schema.images import images
from nova_like.db.schema.networks import networks, subnets
from nova_like.model.context import Context
from nova_like.services import bootstrap
from nova_like.services.bootstrap import Person

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


def _only_ours(folder: Path) -> Path:
    """The shipped api-paste.ini, less the mounts of the other dialect."""
    parser = configparser.ConfigParser()
    parser.read(Path(server.__file__).parents[3] / server.SHIPPED)
    for mount in [name for name in parser["composite:main"] if name not in ("/", "/ec2", "/sts")]:
        if mount.startswith("/"):
            parser.remove_option("composite:main", mount)
    with (folder / "api-paste.ini").open("w") as file:
        parser.write(file)
    return folder / "api-paste.ini"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests are silent."""


class World:
    """The application as api-paste.ini mounts it, on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder}/cloud.sqlite")
        METADATA.create_all(self.db.engine)
        self.conf = conf.new()
        self.conf([], default_config_files=[])
        for group, name, value in (
            ("quota", "instances", QUOTA), ("quota", "cores", 1000), ("identity", "cache_seconds", 0.0),
            ("identity", "key_repository", f"{folder}/keys"), (None, "state_path", str(folder)),
            ("api", "paste_config", str(_only_ours(folder))), ("identity", "password_rounds", 4),
        ):  # fmt: skip
            self.conf.set_override(name, value, group)
        self.add_people()
        self.daemons = Daemons(self.db)
        self.services = services.build(self.conf, self.db, compute=Console())
        self._front = Front(server.load(self.conf), self.services, self.conf)
        host = {"kind": "compute", "name": "h1", "address": "a", "boot_id": "b", "facts": None,
                "vcpus": 8, "ram_mib": 8192, "disk_gib": 100}  # fmt: skip
        self.db.transact(lambda tx: hosts.upsert(tx, [host]))

    def add_people(self, *people: Person) -> None:
        bootstrap.run(self.db, self.conf, list(people), "http://localhost", "RegionOne")

    def user(self, name: str, project: str, *roles: str) -> "Account":
        """An access key of a user with these roles (`member` unless said) in a project."""
        self.add_people(Person(f"{name}-{project}", project, "password", roles or ("member",)))
        user, where = self.db.read(
            lambda tx: (users.by_name(tx, f"{name}-{project}", "default"), projects.by_name(tx, project, "default"))
        )
        assert user is not None and where is not None
        made = self.services.identity.ec2.create(Context(user_id=user["id"]), user["id"], where["id"])
        return Account(made["access"], made["secret"], self, user["id"], where["id"])

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

    def app(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self._front(environ, start_response)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The base URL of a server of this world, while the block runs."""
        httpd = make_server("127.0.0.1", 0, self.app, _Server, _Handler)
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            self.url = f"http://127.0.0.1:{httpd.server_port}"
            yield self.url
        finally:
            httpd.shutdown()
            httpd.server_close()
            thread.join(10)
            self.db.dispose()


@dataclasses.dataclass
class Account:
    access: str
    secret: str
    world: World
    user_id: str = ""
    project_id: str = ""

    def client(self, service: str = "ec2", mount: str = "/ec2", **config: Any) -> Any:
        """A boto3 client of this account."""
        return boto3.client(
            service, endpoint_url=self.world.url + mount, region_name="RegionOne", aws_access_key_id=self.access,
            aws_secret_access_key=self.secret,
            config=botocore.config.Config(retries={"max_attempts": 1}, proxies={}, **config),
        )  # fmt: skip
