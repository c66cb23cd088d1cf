"""The numbers for Prometheus: of a running API, of everything that clients can make up, and what they cost."""

import socket
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
from tests.functional.api_process import running
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
    for number in range(1000):
        measured.call("GET", f"/compute/v2.1/x{number}/y{number}", "alice")
        measured.call("GET", f"/p{number}/compute")
        measured.call(f"M{number}", f"/volume/v3/{number}")
        measured.call("GET", f"/compute/v2.1/servers/{number}", "alice")
        measured.call("POST", f"/compute/v2.1/servers/{number}/action", "alice", {f"do{number}": None})
        measured.call("GET", f"/ec2/?Action=Do{number}")
    after = measured.requests.answered.read()
    assert len(after) - before <= 8, sorted(after)
    assert ("compute", "GET", "/servers/{server_id}", "404") in {_short(key) for key in after}
    assert sum(after.values()) >= 6000
    assert not [key for key in after if any("999" in word for word in key)]


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
