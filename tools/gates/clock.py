"""R10: daemons whose clocks are wrong, and jump."""

import json
import threading
import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from tools.gates.gate import Load, say
from tools.gates.judge import judge
from tools.load.api import Refused
from tools.load.probe import Probe
from tools.load.trial import Trial

HOOK = "tools.gates.hooks.clocks"
SKEWS = (300, -300)
HOUR = 3600


class Hosts:
    """Looks every second whether all hosts are up; `downs` are those that were not, `looks` how often it looked."""

    def __init__(self, cloud: Trial) -> None:
        self._cloud, self._over = cloud, threading.Event()
        self.downs: set[str] = set()
        self.looks = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Hosts":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(1.0):
            services = self._cloud.admin.get("/compute/v2.1/os-services")["services"]
            self.downs |= {f"{row['binary']} {row['host']}" for row in services if row["state"] != "up"}
            self.looks += 1


def clock(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Clocks five minutes apart, then jumps by an hour either way: no host is taken for down, no token is refused."""
    names = cloud.daemon_names()
    skew = {name: SKEWS[number % 2] for number, name in enumerate(names)}
    behind = [name for name in names if not name.startswith("api")]  # the API's clock is what tokens live by
    ahead = skew | dict.fromkeys(behind, HOUR)
    back = skew | dict.fromkeys(behind, -HOUR)
    phases = [("five minutes apart", skew), ("an hour ahead", ahead), ("an hour behind", back), ("right again", {})]
    breaches = []
    with Hosts(cloud) as hosts, Load(cloud, sizes.boots, sizes.phase_s * len(phases)) as load:
        for said, shifts in phases:
            say(f"clocks {said}, {load.unfinished} flows unfinished")
            _set(cloud, shifts)
            breaches += [f"clocks {said}: {what}" for what in _tokens(cloud, sizes.phase_s)]
        last = time.monotonic()
    report = judge(cloud, load.churn, last)
    if (spread := _spread(cloud)) < HOUR:
        breaches.append(
            f"the hosts' effects bear times {spread:.0f} s apart: no clock was wrong, the gate proves nothing"
        )
    breaches += [f"{name} was taken for down" for name in sorted(hosts.downs)]
    report |= {"kills": 0, "looks_at_hosts": hosts.looks, "shifted": skew}
    return {**report, "breaches": [*report["breaches"], *breaches]}


def _tokens(cloud: Trial, seconds: float) -> list[str]:
    """Fresh tokens of whatever API service, used at whatever API service, for some seconds; what was refused."""
    ends, refused = time.monotonic() + seconds, set()
    with Probe(cloud.api, 10, fresh=True) as probe:
        while time.monotonic() < ends:
            cloud.api.hang_up()
            try:
                cloud.api.authenticate()
            except Refused as error:
                refused.add(f"no token: {error.status}")
            time.sleep(0.3)
    return sorted(refused | {f"a request failed: {said}" for _, _, said in probe.answers.failed})


def _spread(cloud: Trial) -> float:
    """Seconds between the earliest and the latest time that the compute agent wrote beside its effects."""
    lines = [line for log in (cloud.world / "compute").glob("*.log") for line in log.read_text().splitlines()]
    times = [datetime.fromisoformat(json.loads(line)["time"]) for line in lines]
    return (max(times) - min(times)).total_seconds() if times else 0.0


def _set(cloud: Trial, shifts: dict[str, int]) -> None:
    fresh = cloud.state / "clocks.json.new"
    fresh.write_text(json.dumps(shifts))
    fresh.replace(cloud.state / "clocks.json")
