"""R19: a thousand agents come back at once."""

import os
import signal
import time
from types import SimpleNamespace
from typing import Any

from tools.gates.gate import Load, say
from tools.gates.judge import judge, within
from tools.load.probe import Probe
from tools.load.trial import Trial
from tools.trial.processes import until

HOOK = "tools.gates.hooks.single"  # each host reports by itself, as if it had an agent of its own
DRAINED_S = 30.0
P99_MS = 1000.0


def herd(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """All agents of 1,000 hosts are killed and started at once: their queues are empty after 30 s, the API answers."""
    agents = [name for name in cloud.daemon_names() if name.startswith(("compute", "network"))]
    kept, drains, readies = cloud.api.boot("probe", cloud.flavor, cloud.image), [], []
    with Probe(cloud.api, 10, kept) as probe, Load(cloud, sizes.boots, 25 * sizes.times) as load:
        for _ in range(int(sizes.times)):
            time.sleep(5)
            say(f"{len(agents)} agents of {sizes.hosts:g} hosts killed, {load.unfinished} flows unfinished")
            drained, ready = _restart(cloud, agents)
            drains.append(drained)
            readies.append(ready)
            say(f"all ready after {ready} s, queues empty after {drained} s more")
        last = time.monotonic()
    report = judge(cloud, load.churn, last)
    failed = [said for _, _, said in probe.answers.failed]
    report |= {"kills": len(agents) * len(drains), "hosts": int(sizes.hosts), "ready_s": max(readies),
               "drained_s": max(drains), "p99_ms": probe.answers.percentile_ms(0.99), "probe_failed": failed,
               "slowest_probe_s": probe.answers.slowest_s(), "reports_written": _seen(cloud)}  # fmt: skip
    report |= within(report, "drained_s", max(drains), DRAINED_S)
    report |= within(report, "p99_ms", report["p99_ms"], P99_MS)
    report |= within(report, "hosts not seen", 2 * sizes.hosts - report["reports_written"], 0)
    return report | within(report, "probe_failed", len(failed), 0)


def _restart(cloud: Trial, agents: list[str]) -> tuple[float, float]:
    """Seconds from all being ready to empty queues, and from the kill to all being ready."""
    before = {name: cloud.pid(name) for name in agents}
    started = time.monotonic()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(cloud.ready(name) not in (None, pid) for name, pid in before.items()), 120, "agents are not back")
    back = time.monotonic()
    while (waiting := cloud.rabbit.queues()) and any(queue["messages"] > 5 for queue in waiting):
        if time.monotonic() - back > 2 * DRAINED_S:
            break
    return round(time.monotonic() - back, 1), round(back - started, 1)


def _seen(cloud: Trial) -> int:
    """Hosts whose agent's present process has been heard."""
    return int(cloud.postgres.query("SELECT count(*) FROM hosts WHERE kind IN ('compute', 'network') "
                                    "AND seen_at > extract(epoch FROM now()) - 75"))  # fmt: skip
