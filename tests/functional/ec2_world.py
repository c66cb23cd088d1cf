"""A cloud for the EC2 dialect's tests: the real application behind a real server, the real database and services, and
stand-ins only for what needs daemons. Test code."""

import configparser
import dataclasses
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
from nova_like.db import projects, users
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.db.schema.images import images
from nova_like.model.context import Context
from nova_like.services import bootstrap
from nova_like.services.bootstrap import Person
from tests.functional.compute_world import UP_SECONDS, Console, Daemons, add_host, add_network

Row = dict[str, Any]
QUOTA = 50


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
        self.images = folder / "images"
        self.conf = conf.new()
        self.conf([], default_config_files=[])
        for group, name, value in (
            ("quota", "instances", QUOTA), ("quota", "cores", 1000), ("identity", "cache_seconds", 0.0),
            ("identity", "key_repository", f"{folder}/keys"), (None, "state_path", str(folder)),
            ("scheduler", "host_down_seconds", UP_SECONDS),
            ("api", "paste_config", str(_only_ours(folder))), ("identity", "password_rounds", 4),
        ):  # fmt: skip
            self.conf.set_override(name, value, group)
        self.add_people()
        self.daemons = Daemons(self.db)
        self.build()
        add_host(self.db)

    def build(self) -> None:
        """The application, of the configuration as it is now."""
        self.services = services.build(self.conf, self.db, compute=Console())
        self._front = Front(server.load(self.conf), self.services, self.conf)

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
               "status": "active", "min_disk_gib": 0, "min_ram_mib": 0, "virtual_size_bytes": 1,
               "disk_format": "qcow2"}  # fmt: skip
        self.db.transact(lambda tx: tx.execute(sa.insert(images).values(**row)))
        return row

    def add_network(self, project: str) -> tuple[str, str]:
        """(network id, subnet id) of a project's only network."""
        return add_network(self.db, project)

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
