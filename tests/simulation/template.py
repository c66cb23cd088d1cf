"""What every simulated cloud begins with, made once a process: people, keys, tokens, a network, an image. Tokens are
got by logging in; they outlive every run."""

import atexit
import functools
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from webob import Request

from nova_like import concurrency, services
from nova_like import conf as configuration
from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.db import projects, users
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.db.schema import images as image_tables
from nova_like.db.schema import networks as network_tables
from nova_like.model.context import Context
from nova_like.rpc.signing import agent_key
from nova_like.services import bootstrap
from nova_like.services.bootstrap import Person
from tests.flows.clock import Virtual

PEOPLE = {"admin": ("admin", ("admin",), True), "alice": ("north", ("member",), False),
          "bob": ("south", ("member",), False)}  # fmt: skip
TENANTS = {"north": "alice", "south": "bob"}
NETWORK, SUBNET = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
IMAGE = "55555555-5555-4555-8555-555555555555"
MASTER_KEY = b"a master key of the simulation"
HOSTS, BACK_END = ("h1", "h2", "h3"), "v1"
ADDRESSES_OF_AGENTS = (*HOSTS, BACK_END)
ADDRESSES = 11  # of the network: fewer than the quotas allow instances
SETTINGS: list[tuple[str | None, str, Any]] = [
    ("identity", "password_rounds", 4), ("identity", "token_ttl_seconds", 86400 * 7),
    ("api", "public_url", "http://cloud"), ("images", "link_key", "k" * 32), ("images", "link_url", "http://cloud"),
    ("quota", "instances", 6), ("quota", "cores", 8), ("quota", "volumes", 4), ("quota", "gigabytes", 12),
    ("scheduler", "vcpu_ratio", 1.0), ("scheduler", "gather_seconds", 3.0), ("scheduler", "sweep_seconds", 1.5),
    (None, "reclaim_instance_interval", 30),
    ("fake", "vcpus", 4), ("fake", "ram_mib", 4096), ("fake", "disk_gib", 30),
    ("compute", "hypervisor", "fake"), ("network", "driver", "fake"), ("volume", "driver", "fake"),
    ("bus", "url", "local://simulated"),
]  # fmt: skip


@functools.cache
def configure(state: Path, host: str = "", delay_ms: float = 0.0) -> Any:
    """The configuration of one process; nobody changes it, so it serves the next one of that name, too."""
    conf = configuration.new()
    conf([], default_config_files=[])
    for group, name, value in SETTINGS:
        conf.set_override(name, value, group)
    conf.set_override("state_path", str(state))
    conf.set_override("key_repository", str(state / "keys"), "identity")
    conf.set_override("url", f"sqlite:///{state}/cloud.sqlite", "database")
    conf.set_override("master_key_file", str(state / "master.key"), "bus")
    conf.set_override("delay_ms", delay_ms, "fake")
    if host:
        conf.set_override("host", host)
        conf.set_override("agent_key_file", str(state / f"{host}.key"), "bus")
    return conf


@dataclass
class Template:
    """`state` is the folder to copy; tokens by user name; access keys (access, secret) and ids by project name."""

    state: Path
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)


@functools.cache
def template() -> Template:
    folder = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    made = Template(Path(tempfile.mkdtemp(prefix="nova-like-simulation-", dir=folder)))
    for folder in (made.state, made.state.with_suffix(".run")):
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    previous = concurrency.use(Virtual(0))
    try:
        _fill(made)
    finally:
        concurrency.use(previous)
    return made


def _fill(made: Template) -> None:
    (made.state / "master.key").write_bytes(MASTER_KEY)
    for host in ADDRESSES_OF_AGENTS:
        (made.state / f"{host}.key").write_bytes(agent_key(MASTER_KEY, host))
    conf = configure(made.state)
    db = Database(conf.database.url)
    METADATA.create_all(db.engine)
    people = [Person(user, project, f"{user}-password", roles, system)
              for user, (project, roles, system) in PEOPLE.items()]  # fmt: skip
    bootstrap.run(db, conf, people, "http://cloud", "RegionOne")
    db.transact(lambda tx: [tx.execute(sa.insert(table).values(**row)) for table, row in _rows(db)])
    built = services.build(conf, db)
    app = Front(server.load(conf), built, conf)
    for user, (project, _, _) in PEOPLE.items():
        made.tokens[user] = _login(app, user, project)
        made.projects[project], id = _project(db, project), _user(db, user)
        key = built.identity.ec2.create(Context(user_id=id), id, made.projects[project])
        made.keys[project] = (key["access"], key["secret"])
    db.dispose()


def _user(db: Database, name: str) -> str:
    row = db.read(lambda tx: users.by_name(tx, name, "default"))
    assert row is not None
    return str(row["id"])


def _project(db: Database, name: str) -> str:
    row = db.read(lambda tx: projects.by_name(tx, name, "default"))
    assert row is not None
    return str(row["id"])


def _rows(db: Database) -> list[tuple[sa.Table, dict[str, Any]]]:
    admin = _project(db, "admin")
    return [
        (image_tables.images, {"id": IMAGE, "owner_id": admin, "name": "i", "visibility": "public",
                               "status": "active", "disk_format": "qcow2", "size_bytes": 1, "virtual_size_bytes": 1}),
        (network_tables.networks, {"id": NETWORK, "project_id": admin, "name": "flat", "shared": True}),
        (network_tables.subnets, {"id": SUBNET, "network_id": NETWORK, "project_id": admin, "name": "flat",
                                  "cidr": "10.0.0.0/24", "gateway": "10.0.0.1", "first": 10 << 24 | 2,
                                  "last": (10 << 24 | 1) + ADDRESSES}),
    ]  # fmt: skip


def _login(app: Any, user: str, project: str) -> str:
    who = {"name": user, "domain": {"id": "default"}, "password": f"{user}-password"}
    auth = {"identity": {"methods": ["password"], "password": {"user": who}},
            "scope": {"project": {"name": project, "domain": {"id": "default"}}}}  # fmt: skip
    request = Request.blank("/identity/v3/auth/tokens", method="POST", base_url="http://cloud")
    request.body, request.content_type = json.dumps({"auth": auth}).encode(), "application/json"
    answer = request.get_response(app)
    assert answer.status_int == 201, answer.text
    return str(answer.headers["X-Subject-Token"])
