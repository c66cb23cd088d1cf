"""S22, S23: tokens and keys end with what they stand on, within five seconds on every worker; logins say nothing."""

import contextlib
import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from webob import Request

from nova_like import concurrency, services
from nova_like.api.common import request_id, server
from nova_like.api.common.front import Front
from nova_like.db.schema.identity import projects, users
from nova_like.services import bootstrap, identity_passwords
from nova_like.services.bootstrap import Person
from tests.functional.hostile import signing
from tests.functional.sweep_world import World

Breaches = list[str]
ASKED = "/compute/v2.1/servers"
LATEST_SECONDS = 5.0


class Clock(concurrency.Source):
    """Both clocks, as far on as the test says."""

    passed = 0.0

    def now(self) -> datetime.datetime:
        return super().now() + datetime.timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return super().monotonic() + self.passed


class Workers:
    """Two workers of one cloud, each with its own memory of tokens for as long as is shipped."""

    def __init__(self, world: World) -> None:
        conf, self.world = world.cloud.conf, world
        shipped = next(option for option in _options() if option.name == "cache_seconds").default
        conf.set_override("cache_seconds", shipped, "identity")
        made = [services.build(conf, world.cloud.db) for _ in range(2)]
        conf.set_override("cache_seconds", 0.0, "identity")
        self.apps = [Front(server.load(conf), one, conf) for one in made]

    def statuses(self, token: str) -> list[int]:
        return [self.ask(app, "GET", ASKED, token).status_int for app in self.apps]

    def ask(self, app: Any, method: str, path: str, token: str, **headers: str) -> Any:
        request = Request.blank(path, method=method, headers={"X-Auth-Token": token, **headers})
        return request.get_response(app)

    def signed(self) -> list[int]:
        return [signing.signed(self.world).get_response(app).status_int for app in self.apps]


def _options() -> Any:
    from nova_like.conf import identity

    return identity.OPTIONS


@contextlib.contextmanager
def clock() -> Iterator[Clock]:
    made = Clock()
    before = concurrency.use(made)
    try:
        yield made
    finally:
        concurrency.use(before)


def _sql(statement: Any) -> Callable[[World, str, Workers], None]:
    return lambda world, token, workers: world.cloud.change(statement)


def _new_password(world: World, token: str, workers: Workers) -> None:
    bootstrap.run(world.cloud.db, world.cloud.conf, [Person("alice", "north", "another", ("member",), False)],
                  "http://localhost", "RegionOne")  # fmt: skip


def _logout(world: World, token: str, workers: Workers) -> None:
    workers.ask(workers.apps[0], "DELETE", "/identity/v3/auth/tokens", token, **{"X-Subject-Token": token})


_ALICE, _NORTH = users.c.name == "alice", projects.c.name == "north"
ENDS: dict[str, Callable[[World, str, Workers], None]] = {
    "user disabled": _sql(sa.update(users).where(_ALICE).values(enabled=False)),
    "user gone": _sql(sa.delete(users).where(_ALICE)),
    "project disabled": _sql(sa.update(projects).where(_NORTH).values(enabled=False)),
    "role removed": _sql(sa.text("DELETE FROM assignments")),
    "password run out": _sql(sa.update(users).where(_ALICE).values(password_expires_at=1.0)),
    "password changed": _new_password, "logout": _logout,
}  # fmt: skip
KEYS_TOO = {"user disabled", "user gone", "project disabled", "role removed"}


def check_tokens_end(world: World) -> Breaches:
    """Each change voids a token that every worker has just taken, and its chained tokens, within five seconds."""
    found = []
    for what, change in ENDS.items():
        with clock() as now:
            workers = Workers(world)
            token = world.cloud.login("alice").headers["X-Subject-Token"]
            chained = _chained(world, token)
            if workers.statuses(token) + workers.statuses(chained) + workers.signed() != [200] * 6:
                found.append(f"{what}: not good before")
            now.passed += 0.01  # a password that is changed in the token's own millisecond is no case
            signed = [signing.signed(world) for _ in workers.apps] if what in KEYS_TOO else []
            change(world, token, workers)
            now.passed += LATEST_SECONDS
            if workers.statuses(token) != [401, 401]:
                found.append(f"{what}: the token lives")
            if what != "logout" and workers.statuses(chained) != [401, 401]:
                found.append(f"{what}: a chained token lives")
            for app, request in zip(workers.apps, signed, strict=False):
                if request.get_response(app).status_int not in (401, 403):
                    found.append(f"{what}: an access key lives")
        world.restore()
    return found


def _chained(world: World, token: str) -> str:
    auth = {"identity": {"methods": ["token"], "token": {"id": token}},
            "scope": {"project": {"id": world.theirs.ids["project"]}}}  # fmt: skip
    return str(world.cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": auth}).headers["X-Subject-Token"])


def check_tokens_expire(world: World) -> Breaches:
    """To the second, and a token made of a token lives no longer."""
    found = []
    with clock() as now:
        workers = Workers(world)
        token = world.cloud.login("alice").headers["X-Subject-Token"]
        life = world.cloud.conf.identity.token_ttl_seconds
        now.passed += life - 2
        chained = _chained(world, token)
        if workers.statuses(token) + workers.statuses(chained) != [200] * 4:
            found.append("not good before")
        now.passed += 3
        if workers.statuses(token) + workers.statuses(chained) != [401] * 4:
            found.append("lives longer than it may")
    world.restore()
    return found


def check_forgeries(world: World) -> Breaches:
    """What no key of ours sealed, and what was sealed for something else."""
    good = world.cloud.token("alice")
    tries = {**world.dead, "algorithm none": "eyJhbGciOiJub25lIn0.e30.", "a path": "../../keys/1", "a part": good[:-8],
             "more": good + "x", "a secret of ours": _sealed_secret(world)}  # fmt: skip
    return [what for what, token in tries.items() if world.cloud.call("GET", ASKED, token).status_int != 401]


def _sealed_secret(world: World) -> str:
    return str(world.cloud.db.read(lambda tx: tx.scalar(sa.text("SELECT sealed_secret FROM ec2_credentials"))))


def check_identity_headers(world: World) -> Breaches:
    """What an authentication filter sets, no client does: it does not even come in."""
    seen = dict[str, Any]()
    sent = {"X-Project-Id": "p", "X-Roles": "admin", "X-Identity-Status": "Confirmed", "X-User-Id": "u", "X-Role": "a",
            "X-Tenant": "t", "X-Is-Admin": "1", "X-Domain-Id": "d", "OpenStack-System-Scope": "all"}  # fmt: skip

    def inner(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])
        return []

    Request.blank("/", headers=sent).get_response(request_id.RequestId(inner))
    names = {f"HTTP_{name.upper().replace('-', '_')}" for name in sent}
    return sorted(names & seen.keys())


def check_logins_are_alike(world: World) -> Breaches:
    """S23: refused logins read the same and cost the same, whoever they are of."""
    checked, real = list[Any](), identity_passwords.bcrypt.checkpw
    tries = [("alice", "wrong", None), ("nobody", "wrong", {"project": {"id": "x"}}),
             ("alice", "wrong", {"project": {"id": world.own.ids["project"]}}), ("bob", "wrong", None),
             ("nobody", "wrong", None)]  # fmt: skip
    answers, costs = set(), set()
    world.cloud.login("nobody", "wrong")  # the hash of nobody is made once
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity_passwords.bcrypt, "checkpw", lambda *args: checked.append(args) or real(*args))
        for user, password, scope in tries:
            checked.clear()
            got = world.cloud.login(user, password, scope)
            answers.add((got.status_int, got.text, tuple(sorted(name for name, _ in got.headerlist))))
            costs.add(len(checked))
    right = world.cloud.login("alice", scope={"project": {"id": world.own.ids["project"]}})
    answers.add((right.status_int, right.text, tuple(sorted(name for name, _ in right.headerlist))))
    return [f"{len(answers)} different answers"] * (len(answers) > 1) + [f"costs {costs}"] * (costs != {1})


def check_guessing_ends(world: World) -> Breaches:
    """S23: an address that guesses passwords is soon told to wait."""
    app = Front(server.load(world.cloud.conf), world.cloud.services, world.cloud.conf)
    statuses = set()
    for number in range(100):
        who = {"name": "alice", "domain": {"id": "default"}, "password": f"guess-{number}"}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": who}}}}
        request = Request.blank("/identity/v3/auth/tokens", method="POST", environ={"REMOTE_ADDR": "192.0.2.1"})
        request.json = body
        request.content_type = "application/json"
        statuses.add(request.get_response(app).status_int)
    return [] if 429 in statuses else [f"a hundred guesses: {statuses}"]
