"""R15 and R16: daemons stand still, and are restarted one after the other."""

import os
import random
import signal
import time
from types import SimpleNamespace
from typing import Any

from tools.gates.gate import Load, say
from tools.gates.judge import judge, within
from tools.load.probe import Probe
from tools.load.trial import Trial
from tools.trial.processes import birth, descendants, until

RESTARTED_S = 20.0
WORKER = "api worker"
FIRST = (WORKER, "scheduler-1", "compute", "network", "volume", "api")


def freeze(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """One daemon after the other stands still (SIGSTOP): the others serve, and it is replaced within 20 s."""
    names, chance = list(FIRST), random.Random(sizes.seed)
    while len(names) < sizes.freezes:
        names.append(chance.choice(FIRST))
    names, times, moments = names[: int(sizes.freezes)], {}, list[float]()
    with Probe(cloud.api, 10, fresh=True) as probe, Load(cloud, sizes.boots, 18 * len(names)) as load:
        time.sleep(3)
        for name in names:
            say(f"{name} stands still, {load.unfinished} flows unfinished")
            moment, took = _freeze(cloud, name)
            moments.append(moment)
            times[name] = max(took, times.get(name, 0.0))
            say(f"{name} was replaced after {took} s")
            time.sleep(2)
        last, new = time.monotonic(), probe.answers.begun_apart_from(moments)
    report = judge(cloud, load.churn, last, RESTARTED_S)  # what a frozen worker holds is cut when that is killed
    failed, slow = [said for _, _, said in new.failed], new.slowest_s()
    report |= {"kills": len(names), "restarted_s": max(times.values()), "restarted": times,
               "new_requests": len(new), "new_requests_failed": failed, "slowest_new_s": slow}  # fmt: skip
    report |= within(report, "restarted_s", report["restarted_s"], RESTARTED_S)
    report |= within(report, "slowest_new_s", slow, 5.0)
    return report | within(report, "new_requests_failed", len(failed), 0)


def rolling(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Every daemon is told to end and started anew, one after the other, under 50 requests a second: none fails."""
    kept, started = cloud.api.boot("probe", cloud.flavor, cloud.image), time.monotonic()
    seconds, rounds, slowest = sizes.requests / 45, 0, 0.0
    with Probe(cloud.api, 45, kept) as probe, Load(cloud, seconds * 1.5, seconds) as load:
        while time.monotonic() - started < seconds - 5 or rounds == 0:
            for name in cloud.daemon_names():
                slowest = max(slowest, _restart(cloud, name))
            rounds += 1
            say(f"round {rounds}: {len(probe.answers)} requests, {len(probe.answers.failed)} failed")
        last = time.monotonic()
    report = judge(cloud, load.churn, last)
    failed = [said for _, _, said in probe.answers.failed] + load.churn.ledger.failures
    report |= {"kills": rounds * len(cloud.daemon_names()), "rounds": rounds, "slowest_restart_s": slowest,
               "requests": report["requests"] + len(probe.answers), "failed_requests": len(failed),
               "failures": failed[:10], "p99_ms": probe.answers.percentile_ms(0.99),
               "slowest_probe_s": probe.answers.slowest_s()}  # fmt: skip
    return report | within(report, "failed_requests", len(failed), 0)


def _freeze(cloud: Trial, name: str) -> tuple[float, float]:
    """When it stood still, and seconds until another process had taken its place and was ready."""
    before = cloud.pid("api" if name == WORKER else name)
    victim = min(descendants(before)) if name == WORKER else before
    born = birth(victim)
    os.kill(victim, signal.SIGSTOP)
    started = time.monotonic()
    if name == WORKER:
        count = len(descendants(before))
        until(lambda: birth(victim) != born and len(descendants(before)) >= count, 60, "no new worker")
    else:
        until(lambda: cloud.ready(name) not in (None, before), 60, f"{name} is not replaced")
    return started, round(time.monotonic() - started, 1)


def _restart(cloud: Trial, name: str) -> float:
    before, started = cloud.pid(name), time.monotonic()
    os.kill(before, signal.SIGTERM)
    until(lambda: cloud.ready(name) not in (None, before), 60, f"{name} is not back")
    return round(time.monotonic() - started, 1)
