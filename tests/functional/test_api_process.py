"""The API's program on both back ends: readiness, unmodified clients, dead workers, its end, rude clients."""

import json
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import openstack
import pytest

from tests.functional.api_process import running

BACKENDS = ("eventlet", "threading")
LOGIN = {
    "auth": {
        "identity": {"methods": ["password"], "password": {
            "user": {"name": "admin", "domain": {"id": "default"}, "password": "secret-of-admin"}}},
        "scope": {"project": {"name": "admin", "domain": {"id": "default"}}},
    }
}  # fmt: skip


def login(url, timeout=30):
    body = json.dumps(LOGIN).encode()
    request = urllib.request.Request(f"{url}/identity/v3/auth/tokens", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.status, answer.headers["X-Subject-Token"]


@pytest.fixture(params=BACKENDS, scope="module")
def api(request, tmp_path_factory):
    with running(tmp_path_factory.mktemp("api"), request.param, workers=2) as found:
        yield found


def test_openstacksdk(api):
    cloud = openstack.connect(
        auth_url=f"{api.url}/identity", username="admin", password="secret-of-admin", project_name="admin",
        user_domain_id="default", project_domain_id="default", region_name="RegionOne", load_envvars=False,
        load_yaml_config=False,
    )  # fmt: skip
    assert [user.name for user in cloud.identity.users()] == ["admin"]
    assert {role.name for role in cloud.identity.roles()} == {"admin", "manager", "member", "reader", "service"}
    assert cloud.identity.find_project("admin").name == "admin"
    assert {flavor.name for flavor in cloud.compute.flavors()} >= {"m1.nano", "m1.large"}
    assert list(cloud.compute.servers()) == []
    assert cloud.endpoint_for("identity") == f"{api.url}/identity/v3"
    assert cloud.list_role_assignments({"user": cloud.current_user_id})


def test_bootstrap_again_changes_nothing(api):
    again = api.manage("bootstrap", "--admin-password-file", str(api.state / "password"), "--public-url", api.url)
    assert again == ""
    assert login(api.url)[0] == 201


def test_the_watchdog_is_fed(api):
    api.wait_for(b"WATCHDOG=1")


def test_a_dead_worker_is_replaced(api):
    before = api.workers()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while len(found := api.workers()) != 2 or before[0] in found:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert before[1] in found
    assert [login(api.url)[0] for _ in range(6)] == [201] * 6


def exchange(url, data, seconds=30.0):
    """What comes back for raw bytes, until the server hangs up or the time is over."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as link:
        try:
            link.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # hung up before it had read everything: what it said is still to be read
        link.settimeout(seconds)
        got = b""
        try:
            while chunk := link.recv(65536):
                got += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return got


MANY = b"".join(b"X-H%d: y\r\n" % n for n in range(20000))


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + MANY + b"\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x00\xff" * 50 + b"\r\n\r\n",
        b"POST /identity/v3/auth/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: -5"
        b"\r\nConnection: close\r\n\r\n{}",
    ],
    ids=["long header", "many headers", "long path", "not HTTP", "negative length"],
)
def test_rude_requests_are_refused_and_the_server_lives(api, data):
    answer = exchange(api.url, data)
    line = answer.split(b"\r\n")[0]
    assert not answer or b"Error code: 400" in answer or line.split(b" ")[1].startswith(b"4"), answer[:200]
    assert login(api.url)[0] == 201


def test_a_large_body_is_refused(api):
    length = 50_000_000
    head = (
        b"POST /identity/v3/auth/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % length
    )
    assert b"413" in exchange(api.url, head + b"[" * length).split(b"\r\n")[0]
    assert login(api.url)[0] == 201


def test_slow_clients_do_not_hold_up_others(api):
    host, port = api.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(100)]
    try:
        for link in slow:
            link.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert login(api.url)[0] == 201
    finally:
        for link in slow:
            link.close()


def test_paths_are_logged_on_one_line(api):
    exchange(api.url, b"GET /x%0d%0aFORGED%1b[31m HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    deadline = time.monotonic() + 60
    while "FORGED" not in api.output():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not [line for line in api.output().splitlines() if line.startswith("FORGED")]
    assert "\x1b" not in api.output()
    assert "secret-of-admin" not in api.output()


@pytest.mark.parametrize("backend", BACKENDS)
def test_workers_do_not_outlive_their_parent(tmp_path, backend):
    with running(tmp_path, backend, workers=2) as api:
        workers = api.workers()
        assert len(workers) == 2
        api.process.kill()
        api.process.wait(10)
        deadline = time.monotonic() + 20
        while left := [pid for pid in workers if Path(f"/proc/{pid}").exists()]:
            assert time.monotonic() < deadline, [os.kill(pid, signal.SIGKILL) for pid in left]
            time.sleep(0.05)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_end_waits_for_requests_in_hand(tmp_path, backend):
    with running(tmp_path, backend, password_rounds=14) as api:
        got = []
        before = api.cpu_seconds()
        asking = threading.Thread(target=lambda: got.append(login(api.url)))
        asking.start()
        deadline = time.monotonic() + 60
        while api.cpu_seconds() < before + 0.15:  # it is at the password, which takes a second
            assert time.monotonic() < deadline and not got
            time.sleep(0.01)
        api.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        asking.join(20)
        assert got and got[0][0] == 201, api.output()[-2000:]
        assert api.process.wait(15) == 0
        assert time.monotonic() - begun < 12
        with pytest.raises(ProcessLookupError):
            os.kill(api.process.pid, 0)
