"""R6: the database dies and comes back."""

import time
from types import SimpleNamespace
from typing import Any

from tools.gates.backlog import Backlog
from tools.gates.gate import Load, say
from tools.gates.judge import judge, within
from tools.load.probe import Answers, Probe
from tools.load.trial import Trial

RECOVERED_S = 5.0
DRAINED_S = 30.0
ROUND_S = 20.0  # from one kill to the next, about: there is something to do until the last of them


def restart(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """The database is killed with all its backends: served again 5 s after its return, no acknowledged write lost."""
    kept = cloud.api.boot("probe", cloud.flavor, cloud.image)
    recoveries, drains = [], []
    with Probe(cloud.api, 20, kept) as probe, Load(cloud, sizes.boots, ROUND_S * sizes.times) as load:
        for number in range(int(sizes.times)):
            time.sleep(5)
            say(f"database killed ({number + 1}), {load.unfinished} flows unfinished")
            cloud.postgres.kill()
            time.sleep(sizes.down_s)
            cloud.postgres.start()
            cloud.postgres.wait()
            back, backlog = time.monotonic(), Backlog(load.churn)
            drains.append(backlog.wait(2 * DRAINED_S))
            time.sleep(max(0.0, back + RECOVERED_S - time.monotonic()))  # who fails later than that has time to
            recoveries.append(_recovered(probe.answers, back))
            say(f"served again after {recoveries[-1]} s, what was owed is done after {drains[-1]} s")
    report = judge(cloud, load.churn, back)
    strange = sorted({said for _, _, said in probe.answers.failed if said not in ("503",)})
    report |= {"kills": int(sizes.times), "recovery_s": max(recoveries), "drained_s": max(drains),
               "probe_requests": len(probe.answers), "probe_503": len(probe.answers.failed),
               "slowest_probe_s": probe.answers.slowest_s()}  # fmt: skip
    report |= within(report, "recovery_s", report["recovery_s"], RECOVERED_S)
    report |= within(report, "slowest_probe_s", report["slowest_probe_s"], 10.5)
    if strange:
        report["breaches"] = [*report["breaches"], f"requests were answered by {strange}, not by 503"]
    return report


def _recovered(answers: Answers, back: float) -> float:
    """Seconds from the database's return until the last failure that follows it, or the first good answer."""
    failures = [at + seconds for at, seconds, _ in answers.failed if at + seconds >= back]
    return round(max([answers.first_good(back), *failures]) - back, 2)
