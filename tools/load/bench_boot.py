"""tools/bench boot: boots a second, and what one boot costs in processor time, messages, commits and memory."""

import resource
import time
from typing import Any

from tools.load.boots import Boots, Run
from tools.load.trial import Trial, cpu_seconds, pss_mib

IDLE_S = 12.0  # long enough for the reports that come every half minute to be in it, on the average


def measure(cloud: Trial, boots: int, in_flight: int) -> dict[str, Any]:
    """One run of `boots` boots; the flat keys of the issue. What an idle cloud does meanwhile is taken off."""
    idle = _rates(cloud)
    before, client = _counts(cloud), _own_cpu()
    result = Run(cloud.api, cloud.flavor, cloud.image, boots, in_flight).run()
    time.sleep(0.2)
    after, client = _counts(cloud), _own_cpu() - client
    grown = {name: after[name] - before[name] - idle[name] * result.wall_s for name in after}
    report = _report(result, grown, boots)
    report["client_cpu_ms_per_boot"] = round(1000 * client / boots, 2)
    report["pss_mib"] = {kind: round(pss_mib(pids), 1) for kind, pids in {**cloud.daemons(), **cloud.others()}.items()}
    _clear(cloud)
    return report


def _report(result: Boots, grown: dict[str, float], boots: int) -> dict[str, Any]:
    active = len(result.seconds)
    return {
        "boots": boots, "active": active, "error": len(result.failed), "client_errors": result.errors[:5],
        "boots_per_s": round(active / result.wall_s, 1),
        "p50_ms": round(result.percentile(0.5)), "p95_ms": round(result.percentile(0.95)),
        "cpu_ms_per_boot": round(1000 * grown["ours"] / boots, 2),
        "cpu_ms_per_boot_all": round(1000 * (grown["ours"] + grown["others"]) / boots, 2),
        "messages_per_boot": round(grown["messages"] / boots, 2),
        "commits_per_boot": round(grown["commits"] / boots, 2),
        **{f"cpu_ms_{kind}": round(1000 * grown[kind] / boots, 2) for kind in grown
           if kind not in ("ours", "others", "messages", "commits")},
    }  # fmt: skip


def _counts(cloud: Trial) -> dict[str, float]:
    daemons, others = cloud.daemons(), cloud.others()
    by_kind = {kind: cpu_seconds(pids) for kind, pids in {**daemons, **others}.items()}
    return {
        "ours": sum(by_kind[kind] for kind in daemons), "others": sum(by_kind[kind] for kind in others), **by_kind,
        "messages": cloud.rabbit.published(), "commits": cloud.postgres.transactions(),
    }  # fmt: skip


def _rates(cloud: Trial) -> dict[str, float]:
    """What an idle cloud does in a second."""
    before, started = _counts(cloud), time.monotonic()
    time.sleep(IDLE_S)
    passed = time.monotonic() - started
    return {name: (value - before[name]) / passed for name, value in _counts(cloud).items()}


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _clear(cloud: Trial) -> None:
    """Delete all servers and wait until they are gone."""
    deadline = time.monotonic() + 180
    while servers := cloud.api.servers():
        for server in servers:
            if server["OS-EXT-STS:task_state"] != "deleting":
                cloud.api.delete(server["id"])
        time.sleep(0.5)
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(servers)} servers could not be deleted")


def warm_up(cloud: Trial) -> None:
    """Until every pooled connection has been used: a running cloud is measured, not its first second."""
    Run(cloud.api, cloud.flavor, cloud.image, 80, 16).run()
    _clear(cloud)
