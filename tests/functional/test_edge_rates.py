"""The limits of rate: of a project in both dialects, and of failed logins, each told when to come again."""

import re
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.api.common.rates import Buckets
from tests.functional.ec2_world import World
from tests.functional.sweep_entries import is_error
from tests.functional.test_ec2_hostile import send
from tests.functional.test_edge_admission import ASKED


class Clock(concurrency.Source):
    """A clock that the test turns."""

    passed = 0.0

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture
def clock() -> Any:
    made = Clock()
    before = concurrency.use(made)
    yield made
    concurrency.use(before)


def limited(cloud: Any, **limits: Any) -> Any:
    for name, value in limits.items():
        cloud.conf.set_override(name, value, "api")
    for user in ("alice", "bob", "ron", "admin"):
        cloud.token(user)
    cloud.app = Front(server.load(cloud.conf), cloud.services, cloud.conf)
    return cloud


@pytest.mark.parametrize("api", ASKED)
def test_a_project_is_told_to_slow_down(cloud: Any, clock: Clock, api: str) -> None:
    limited(cloud, rate_limit_per_second=2.0, rate_limit_burst=4)
    assert [cloud.call("GET", ASKED[api], "alice").status_int for _ in range(4)] == [200] * 4
    refused = cloud.call("GET", ASKED[api], "ron")  # of the same project
    assert refused.status_int == 429 and is_error(api, refused), refused.text
    assert refused.headers["Retry-After"] == "1"
    if api == "compute":
        assert refused.json["overLimit"] == {"code": 429, "message": "Too many requests of this project.",
                                             "retryAfter": "1"}  # fmt: skip
    assert cloud.call("GET", ASKED[api], "bob").status_int == 200  # of another one
    assert cloud.call("GET", f"/{api}/").status_int in (200, 300)
    clock.passed += 1.0
    assert [cloud.call("GET", ASKED[api], "alice").status_int for _ in range(3)] == [200, 200, 429]


def test_an_access_key_is_told_to_slow_down(tmp_path: Any, clock: Clock) -> None:
    world = World(tmp_path)
    try:
        account = world.user("eve", "north")
        world.conf.set_override("rate_limit_per_second", 2.0, "api")
        world.conf.set_override("rate_limit_burst", 1, "api")
        world.app = Front(server.load(world.conf), world.services, world.conf)
        body = b"Action=DescribeInstances&Version=2016-11-15"
        assert send(account, body)[0] == 200
        status, text = send(account, body)
        assert status == 503 and re.search(r"<Code>RequestLimitExceeded</Code>", text), text
        clock.passed += 0.5
        assert send(account, body)[0] == 200
    finally:
        world.db.dispose()


def guess(cloud: Any, address: str, user: str = "alice", password: str = "wrong", **environ: str) -> Any:
    who = {"name": user, "domain": {"id": "default"}, "password": password}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": who}}}}
    more = {"REMOTE_ADDR": address, **environ}
    return cloud.call("POST", "/identity/v3/auth/tokens", json=body, environ=more)


def test_S23_passwords_cannot_be_tried_for_long(cloud: Any, clock: Clock) -> None:
    limited(cloud, failed_logins_per_minute=6)
    assert [guess(cloud, "192.0.2.1").status_int for n in range(6)] == [401] * 6
    refused = guess(cloud, "192.0.2.1", password="alice-password")
    assert refused.status_int == 429 and is_error("identity", refused) and int(refused.headers["Retry-After"]) <= 11
    assert guess(cloud, "192.0.2.2", password="alice-password").status_int == 201
    clock.passed += 10.0
    good = [guess(cloud, "192.0.2.1", password="alice-password").status_int for _ in range(20)]
    assert good == [201] * 20  # only failures count
    assert [guess(cloud, "192.0.2.1").status_int for _ in range(2)] == [401, 429]


def test_S23_who_fails_keeps_nobody_else_at_his_address_out(cloud: Any, clock: Clock) -> None:
    limited(cloud, failed_logins_per_minute=1)
    assert [guess(cloud, "192.0.2.1", "bob").status_int for _ in range(2)] == [401, 429]
    assert guess(cloud, "192.0.2.1", "BOB").status_int == 429
    assert guess(cloud, "192.0.2.1", password="alice-password").status_int == 201
    users = [guess(cloud, "192.0.2.1", f"user-{n}").status_int for n in range(20)]
    assert users == [401] * 19 + [429]  # but one address does not try one password on everybody


def test_a_stale_token_is_no_guess_of_a_password(cloud: Any, clock: Clock) -> None:
    limited(cloud, failed_logins_per_minute=1)
    body = {"auth": {"identity": {"methods": ["token"], "token": {"id": "stale"}}}}
    for _ in range(30):
        asked = cloud.call("POST", "/identity/v3/auth/tokens", json=body, environ={"REMOTE_ADDR": "192.0.2.1"})
        assert asked.status_int == 404
    assert guess(cloud, "192.0.2.1", password="alice-password").status_int == 201


def test_S23_a_proxy_that_is_trusted_says_who_guesses(cloud: Any, clock: Clock) -> None:
    limited(cloud, failed_logins_per_minute=1, trusted_proxies=["192.0.2.0/28"])
    for user, told in (("alice", "10.0.0.1"), ("bob", "10.0.0.2:4711")):
        from_there = {"HTTP_X_FORWARDED_FOR": told}
        assert [guess(cloud, "::ffff:192.0.2.9", user, **from_there).status_int for _ in range(2)] == [401, 429]
    assert guess(cloud, "192.0.2.8", "bob", HTTP_X_FORWARDED_FOR="10.0.0.2, 192.0.2.9").status_int == 429
    assert guess(cloud, "192.0.2.8", "bob", HTTP_X_FORWARDED_FOR="10.0.0.3, 192.0.2.9").status_int == 401


def test_the_memory_of_rates_is_bounded(clock: Clock) -> None:
    buckets = Buckets(1.0, 2.0, most=100)
    for n in range(10_000):
        assert buckets.wait(f"project-{n}") == 0
    assert len(buckets) == 100
    assert buckets.wait("project-9999") == 0 and buckets.wait("project-9999") == 1.0


def test_no_limit_is_the_default_and_keeps_nothing(cloud: Any) -> None:
    for _ in range(300):
        assert cloud.call("GET", "/network/v2.0/networks", "alice").status_int == 200
    assert len(cloud.app.rates.projects) == 0
