"""The numbers for Prometheus: of a running API, of everything that clients can make up, and what they cost."""

import http.client
import socket
import subprocess
import sys
import time
import timeit
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.api.common.measured import Measured, Requests
from nova_like.cmd.metrics import families as shown
from tests.functional.api_process import ENVIRONMENT, running
from tests.functional.test_api_process import BACKENDS, login


def scrape(port: int) -> dict[str, dict]:
    """{sample name: {labels: value}} of a running daemon."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    found: dict[str, dict] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def free_ports(count: int) -> int:
    """The first of some ports in a row that nobody has."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as first:
            port, taken = first.getsockname()[1], []
            try:
                taken = [socket.create_server(("127.0.0.1", port + more)) for more in range(1, count)]
                return port
            except OSError:
                continue
            finally:
                for one in taken:
                    one.close()
    raise AssertionError("no ports")


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_worker_shows_its_requests(tmp_path: Path, backend: str) -> None:
    port = free_ports(2)
    with running(tmp_path, backend, workers=2, more=f"[metrics]\nport = {port}\n") as api:
        for _ in range(10):
            assert login(api.url)[0] == 201
        api.wait_for(b"WATCHDOG=1")
        both = [scrape(port), scrape(port + 1)]
        labels = (("api", "identity"), ("method", "POST"), ("route", "/v3/auth/tokens"))
        answered = [found.get("nova_like_requests_total", {}).get((*labels, ("status", "201")), 0) for found in both]
        assert sum(answered) == 10
        times = [found.get("nova_like_request_seconds_count", {}).get(labels, 0) for found in both]
        assert times == answered
        deadline = time.monotonic() + 20
        while any(scrape(one)["nova_like_requests_in_hand"] != {(): 0.0} for one in (port, port + 1)):
            assert time.monotonic() < deadline


@pytest.fixture
def measured(cloud):
    """The cloud of conftest with its requests counted, as cmd/api_parts.py does it."""
    requests = Requests()
    cloud.app = Front(Measured(server.load(cloud.conf), requests), cloud.services, cloud.conf)
    cloud.requests = requests
    return cloud


def test_what_clients_make_up_makes_no_labels(measured) -> None:
    assert measured.call("GET", "/compute/v2.1/flavors", "alice").status_int == 200
    before = len(measured.requests.answered.read())
    for number in range(200):
        measured.call("GET", f"/compute/v2.1/x{number}/y{number}", "alice")
        measured.call("GET", f"/p{number}/compute")
        measured.call(f"M{number}", f"/volume/v3/{number}")
        measured.call("GET", f"/compute/v2.1/servers/{number}", "alice")
        measured.call("POST", f"/compute/v2.1/servers/{number}/action", "alice", {f"do{number}": None})
        measured.call("GET", f"/ec2/?Action=Do{number}")
    after = measured.requests.answered.read()
    assert len(after) - before <= 8, sorted(after)
    assert ("compute", "GET", "/servers/{server_id}", "404") in {_short(key) for key in after}
    assert sum(after.values()) >= 1200
    assert not [key for key in after if any("199" in word for word in key)]


def _short(key: tuple) -> tuple:
    api, method, route, status = key
    return api, method, route[route.index("/servers") :] if "/servers" in route else route, status


def test_actions_are_told_apart(measured) -> None:
    path = "/compute/v2.1/servers/00000000-0000-4000-8000-000000000000/action"
    assert measured.call("POST", path, "alice", {"os-stop": None}).status_int == 404
    routes = {key[2] for key in measured.requests.answered.read()}
    assert [route for route in routes if route.endswith("/action#os-stop")]


def test_counting_costs_next_to_nothing() -> None:
    """At most 20 us a request; measured against the same application without."""

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/compute", "nova_like.route": "/servers"}
    counted = Measured(app, Requests())
    bare, with_counts = (min(timeit.repeat(lambda one=one: one(environ, lambda *_: None), number=2000, repeat=5))
                         for one in (app, counted))  # fmt: skip
    assert (with_counts - bare) / 2000 < 20e-6


def test_a_histogram_adds_up() -> None:
    requests = Requests()
    for seconds in (0.001, 0.005, 0.02, 99.0, 5000.0):
        requests.seconds.observe(("a", "GET", "r"), seconds)
    family = shown.histogram("x_seconds", "x", ("api", "method", "route"), requests.seconds)
    buckets = {sample.labels["le"]: sample.value for sample in family.samples if sample.name.endswith("_bucket")}
    assert (buckets["0.005"], buckets["0.025"], buckets["60.0"], buckets["300.0"], buckets["+Inf"]) == (2, 3, 3, 4, 5)
    assert [sample.value for sample in family.samples if sample.name.endswith("_sum")] == [pytest.approx(5099.026)]


def test_the_whole_cloud_in_one_process(tmp_path: Path) -> None:
    """Scheduler, agents and API on one page; queues and hosts are counted by the clock."""
    port, api_port = free_ports(1), free_ports(1)
    config = tmp_path / "all.conf"
    config.write_text(
        f"[DEFAULT]\nstate_path = {tmp_path}\nlog_file = {tmp_path}/all.log\n[api]\nbind_port = {api_port}\n"
        f"public_url = http://127.0.0.1:{api_port}\n[database]\nurl = sqlite:///{tmp_path}/db.sqlite\n"
        f"[identity]\nkey_repository = {tmp_path}/keys\n[images]\nlink_key = {'k' * 32}\n[compute]\nhypervisor = fake\n"
        f"[network]\ndriver = fake\n[volume]\ndriver = fake\n[metrics]\nport = {port}\ngather_seconds = 1\n"
    )
    words = ["--config-file", str(config)]
    manage = [sys.executable, "-m", "nova_like.cmd.manage", *words, "db", "sync"]
    subprocess.run(manage, env=ENVIRONMENT, check=True, timeout=60)
    with (tmp_path / "all.out").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "nova_like.cmd.all_in_one", *words], env=ENVIRONMENT,
                                   stdout=out, stderr=subprocess.STDOUT)  # fmt: skip
    try:
        found = _until(lambda: scrape(port), lambda seen: len(seen.get("nova_like_hosts", {})) >= 4, process)
        assert {dict(key)["kind"] for key in found["nova_like_hosts"]} == {"compute", "network", "volume", "scheduler"}
        assert found["nova_like_queue_messages"].keys() >= {(("queue", "flows"),), (("queue", "compute"),)}
        assert found["nova_like_queue_unserved"][("queue", "flows"),] == 0
        assert len(found["nova_like_agent_hosts"]) == 3 and found["nova_like_requests_in_hand"] == {(): 0.0}
        parts = {dict(key)["part"] for key in found["nova_like_events_total"]}
        assert {"compute_agent", "reports_queue"} <= parts
    finally:
        process.terminate()
        process.wait(20)


def _until(ask, enough, process, seconds: float = 60.0):
    """What `ask()` gives once it is enough; errors of the connection mean that it is too early."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if enough(found := ask()):
                return found
        except (OSError, http.client.HTTPException):  # who asks a free port may reach himself
            found = None
        assert process.poll() is None and time.monotonic() < deadline, found
        time.sleep(0.1)
