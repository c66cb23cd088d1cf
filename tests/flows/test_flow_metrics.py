"""A scheduler's numbers: live flows by kind, state and age, step times, hosts, queues; over HTTP as Prometheus asks."""

import http.client
import socket
import threading
import time
import types
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from nova_like import concurrency
from nova_like import conf as configuration
from nova_like.cmd.metrics import agents, scheduler, server
from nova_like.cmd.metrics.families import events
from nova_like.db import hosts
from nova_like.db.retention import Keep
from nova_like.flows import steering
from nova_like.rpc.tally import Tally
from nova_like.scheduler.gauges import Gauges
from nova_like.scheduler.notifying import Notifying
from nova_like.scheduler.retention import Retention
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances

QUEUES = {"flows": (3, 2), "reports": (0, 1), "compute.a-host": (5, 1), "network.a-host": None,
          "volume.a-volume": (1, 0)}  # fmt: skip


def _scheduler(cloud: LittleCloud, depths=lambda names: {name: QUEUES[name] for name in names}):
    gauges = Gauges(cloud.database, 75.0, depths)
    retention = Retention(cloud.database, Keep(1.0, 1.0))
    return types.SimpleNamespace(gauges=gauges, engine=cloud.engine, retention=retention, reports=cloud.reports,
                                 sender=types.SimpleNamespace(counters=Tally()), mending=cloud.mending,
                                 notifying=Notifying(cloud.database), delivering=None)  # fmt: skip


def _by_name(families) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_flows_steps_hosts_and_queues(cloud) -> None:
    done = boot(cloud)
    assert cloud.settle()
    instances(cloud).delete(CTX, done)
    assert cloud.settle()
    boot(cloud)
    cloud.settle(lambda bus: [p for p in bus if p.to != "network"], rounds=5)
    made = _scheduler(cloud)
    made.gauges.count()
    found = _by_name(list(scheduler.families(made)))
    running = (("kind", "boot"), ("state", "running"))
    assert found["nova_like_flows"] == {running: 1}
    assert 16 <= found["nova_like_flow_oldest_seconds"][running] <= 40
    steps = {tuple(dict(key).values()) for key in found["nova_like_flow_step_seconds_count"]}
    assert steps == {("boot", "plug", "do"), ("boot", "spawn", "do"), ("delete", "destroy", "do"),
                     ("delete", "unplug", "do")}  # fmt: skip
    assert found["nova_like_flow_seconds_count"][("kind", "boot"), ("state", "done")] == 1
    assert found["nova_like_hosts"][("kind", "compute"), ("state", "up")] == 2
    assert found["nova_like_queue_messages"] == {(("queue", name),): depth for name, depth in
                                                 {"flows": 3, "reports": 0, "compute": 5, "network": 0,
                                                  "volume": 1}.items()}  # fmt: skip
    assert found["nova_like_queue_unserved"][("queue", "network"),] == 1
    assert found["nova_like_queue_unserved"][("queue", "volume"),] == 1
    assert found["nova_like_queue_unserved"][("queue", "compute"),] == 0


def test_a_step_takes_as_long_as_it_takes(cloud) -> None:
    """Its orders are lost for half a minute: the step's time is from the first order, not from the last."""
    id = boot(cloud)
    cloud.settle(lambda bus: [p for p in bus if p.to != "compute"], rounds=7)
    assert cloud.settle()
    times = cloud.engine.timing.steps.read()
    (counts, total) = times["boot", "spawn", "do"]
    assert sum(counts) == 1 and 28 <= total <= 50
    assert sum(times["boot", "plug", "do"][0]) == 1
    assert cloud.database.read(lambda tx: steering.find(tx, id))["state"] == "done"


def test_a_turn_that_is_rolled_back_is_not_counted(cloud) -> None:
    boot(cloud)
    refused: list[int] = []

    def refuse(number: int, phase: str) -> None:
        if phase == "before" and cloud.engine.timing.steps.read() == {} and len(refused) < 3:
            refused.append(number)
            raise RuntimeError("the commit is lost")

    cloud.on_commit = refuse
    for _ in range(3):
        try:
            cloud.settle(rounds=3)
        except RuntimeError:
            continue
    cloud.on_commit = lambda number, phase: None
    assert cloud.settle()
    assert refused
    assert {key[1]: sum(row[0]) for key, row in cloud.engine.timing.steps.read().items()} == {"plug": 1, "spawn": 1}


def test_the_lag_of_a_silent_host(cloud) -> None:
    made = _scheduler(cloud)
    cloud.clock.seconds += 100
    cloud.reporters["network"].send(("h1", "h2"))
    while cloud.bus:
        cloud.deliver(cloud.bus.pop(0))
    cloud.clockwork.gather()
    id = cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h2"))["id"]
    cloud.database.transact(lambda tx: hosts.set_enabled(tx, id, False))
    made.gauges.count()
    found = _by_name(list(scheduler.families(made)))
    assert found["nova_like_report_lag_seconds"][("kind", "compute"),] >= 100
    assert found["nova_like_hosts"][("kind", "network"), ("state", "up")] == 2
    assert found["nova_like_report_lag_seconds"][("kind", "network"),] < 20
    assert found["nova_like_hosts"][("kind", "compute"), ("state", "down")] == 1
    assert found["nova_like_hosts"][("kind", "compute"), ("state", "disabled")] == 1


def test_without_a_broker_the_rest_is_counted(cloud) -> None:
    def away(names):
        raise ConnectionRefusedError("nobody there")

    made = _scheduler(cloud, away)
    made.gauges.count()
    found = _by_name(list(scheduler.families(made)))
    assert "nova_like_queue_messages" not in found and found["nova_like_hosts"]


def _read(port: int) -> str:
    """The page; empty while nobody serves it."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            return answer.read().decode()
    except (OSError, http.client.HTTPException):
        return ""


def wait_for(condition):
    """What it gives once it is something."""
    deadline = time.monotonic() + 60.0
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_over_http(cloud, caplog) -> None:
    """Scheduler and agent on one page, through the real server; the clock's threads are real ones here."""
    conf = configuration.new()
    conf([], default_config_files=[])
    from tests.functional.test_metrics import free_ports

    port = free_ports(1)
    conf.set_override("port", port, "metrics")
    made, served = _scheduler(cloud), [(cloud.agents["network"].agent, types.SimpleNamespace(counters=Tally()))]
    made.gauges.count()
    servers = [types.SimpleNamespace(counters=Tally())] * 2
    tallies = scheduler.tallies(made, servers) | agents.tallies(served)
    virtual = concurrency.use(concurrency.Source())
    try:
        families = lambda: [*scheduler.families(made), *agents.families(served), events(tallies)]  # noqa: E731
        with socket.create_server(("127.0.0.1", port)):  # a forerunner has it still
            server.serve(conf, families)
            wait_for(lambda: "no metrics on" in caplog.text)
        text = wait_for(lambda: _read(port))
    finally:
        concurrency.use(virtual)
    assert caplog.text.count("no metrics on") == 1
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"nova_like_hosts", "nova_like_agent_silent_seconds", "nova_like_events"} <= names
    sent = [line for line in text.splitlines() if 'event="sent_hosts",part="network_agent"' in line]
    assert sent and float(sent[0].split()[-1]) >= 1


def test_off_unless_asked_for() -> None:
    conf = configuration.new()
    conf([], default_config_files=[])
    before = set(threading.enumerate())
    server.serve(conf, list)
    assert (conf.metrics.port, conf.metrics.bind_host, set(threading.enumerate()) - before) == (0, "127.0.0.1", set())


def test_agents_do_not_load_it_unless_asked_for() -> None:
    """An agent's memory is counted in MiB."""
    import subprocess
    import sys

    loads = "import nova_like.cmd.compute, nova_like.cmd.agents, nova_like.cmd.network, nova_like.cmd.scheduler, sys;"
    loads += "sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], cwd=Path(__file__).parents[2]).returncode == 0
