"""A whole cloud behind its HTTP front: paste pipeline, services, database; no daemons. `cloud.call(...)` asks it."""

# ruff: noqa: E402  (the back end is chosen before anything else is imported, as every program does)
from nova_like import concurrency

concurrency.init("threading")  # NOVA_LIKE_CONCURRENCY=eventlet in the environment wins

import functools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from webob import Request

from nova_like import conf as configuration
from nova_like import services
from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.db import assignments, projects, roles, users
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.services import bootstrap
from nova_like.services.bootstrap import Person
from tests import engines

engines.share()
tmp_path = engines.tmp_path
# user name -> (project, roles, system); two tenants, all personas, an operator
PEOPLE = {
    "admin": ("admin", ("admin",), True),
    "alice": ("north", ("member",), False), "amanda": ("north", ("manager",), False),
    "ron": ("north", ("reader",), False), "bob": ("south", ("member",), False),
}  # fmt: skip
ROUNDS = 4


class Cloud:
    """`token(user)`, `call(method, path, token, json)`, `ids[name]` of users and projects (`project:admin`)."""

    def __init__(self, state: Path, **outside: Any) -> None:
        """In the folder `state`; `outside` is what services.build takes for the world beyond the database."""
        self.conf = configuration.new()
        self.conf([], default_config_files=[])
        for group, name, value in _settings(state):
            self.conf.set_override(name, value, group)
        shutil.copytree(_bootstrapped(), state, dirs_exist_ok=True)
        self.db = Database(self.conf.database.url)
        self.services = services.build(self.conf, self.db, **outside)
        self.app = Front(server.load(self.conf), self.services, self.conf)
        self.ids = self.db.read(_ids)
        self._tokens: dict[Any, str] = {}

    def call(
        self, method: str, path: str, token: str | None = None, json: Any = None,
        environ: Any = None, **headers: str,
    ) -> Any:  # fmt: skip
        """The webob response; a keyword's underscores are a header's dashes. `token` is a user's name or a token."""
        request = Request.blank(path, environ, method=method, base_url="http://localhost")
        for name, value in headers.items():
            request.headers[name.replace("_", "-")] = value
        if token is not None:
            request.headers["X-Auth-Token"] = self.token(token) if token in PEOPLE else token
        if json is not None:
            request.body = json if isinstance(json, bytes) else _dump(json)
            request.content_type = headers.get("Content_Type", "application/json")
        return request.get_response(lambda environ, start: _read(self.app(environ, start)))

    def token(self, user: str, **scope: Any) -> str:
        """A token of a user, for his own project unless `scope` says otherwise; made once."""
        key = (user, repr(scope))
        if key not in self._tokens:
            answer = self.login(user, scope=scope or None)
            assert answer.status_int == 201, answer.text
            self._tokens[key] = answer.headers["X-Subject-Token"]
        return self._tokens[key]

    def login(self, user: str, password: str | None = None, scope: Any = None) -> Any:
        """POST /v3/auth/tokens by password; the response."""
        who = {"name": user, "domain": {"id": "default"}, "password": password or f"{user}-password"}
        auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": who}}}
        if scope is None and user in PEOPLE:
            scope = {"project": {"name": PEOPLE[user][0], "domain": {"id": "default"}}}
        if scope:
            auth["scope"] = scope
        return self.call("POST", "/identity/v3/auth/tokens", json={"auth": auth})

    def change(self, statement: Any) -> None:
        self.db.transact(lambda tx: tx.execute(statement))


@functools.cache
def _bootstrapped() -> Path:
    """A folder with keys and database as the bootstrap leaves them, made once in a process: a third of a second."""
    state = engines.folder()
    conf = configuration.new()
    conf([], default_config_files=[])
    for group, name, value in _settings(state):
        conf.set_override(name, value, group)
    db = Database(conf.database.url)
    METADATA.create_all(db.engine)
    people = [Person(user, project, f"{user}-password", given, system)
              for user, (project, given, system) in PEOPLE.items()]  # fmt: skip
    bootstrap.run(db, conf, people, "http://localhost", "RegionOne")
    db.dispose()  # the last connection folds the journal into the file
    return state


def _settings(state: Path) -> list[tuple[str | None, str, Any]]:
    return [
        ("identity", "key_repository", str(state / "keys")), ("identity", "password_rounds", ROUNDS),
        ("identity", "cache_seconds", 0.0), ("database", "url", f"sqlite:///{state}/cloud.sqlite"),
        ("api", "public_url", "http://localhost"), ("console", "public_url", "http://console.test:6080"),
        ("notifications", "webhook_key", "k" * 32),
        (None, "state_path", str(state)), ("images", "cache_path", str(state / "cache")),
    ]  # fmt: skip


def _read(body: Any) -> list[bytes]:
    """All of an answer's body, which is closed then as a server does it."""
    try:
        return list(body)
    finally:
        body.close()


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def _ids(tx: Any) -> dict[str, str]:
    named = {row["name"]: row["id"] for row in projects.list_projects(tx)}
    named |= {f"project:{name}": id for name, id in named.items()}
    named |= {row["name"]: row["id"] for row in users.list_users(tx)}
    named |= {f"role:{row['name']}": row["id"] for row in roles.list_roles(tx)}
    assert assignments.find(tx), "the bootstrap gave no roles"
    return named


@pytest.fixture
def cloud(tmp_path: Path) -> Any:
    made = Cloud(tmp_path)
    yield made
    made.db.dispose()


@pytest.fixture(scope="session")
def _tenants(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.functional.sweep_world import World

    made = World(tmp_path_factory.mktemp("sweep"))
    yield made
    made.close()


@pytest.fixture
def tenants(_tenants: Any) -> Any:
    """Two tenants with one of everything (sweep_world.World), as they were at first for every test."""
    yield _tenants
    _tenants.restore()
