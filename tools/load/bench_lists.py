"""tools/bench lists: what pages of detailed servers, and one server, take through the real API worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tools.load.trial import Trial, cpu_seconds

SERVERS = "/compute/v2.1/servers"
NEWEST = {"OpenStack-API-Version": "compute 2.96"}
BATCH = 50
FILL_S = 900.0
# key: (page, milliseconds that the issue allows the median)
TARGETS = {"page_1000": 250, "page_50": 20, "show": 8}


def fill(cloud: Trial, count: int) -> list[str]:
    """Have so many servers ACTIVE; their ids."""
    body = {"name": "listed", "imageRef": cloud.image, "flavorRef": cloud.flavor, "networks": "auto",
            "metadata": {"listed": "yes"}}  # fmt: skip
    deadline = time.monotonic() + FILL_S
    while (missing := count - len(found := _active(cloud))) > 0:
        waiting = len(_ids(cloud, "")) - len(found)
        if (batch := min(BATCH, missing - waiting)) > 0 and waiting < 4 * BATCH:
            wish = {"server": {**body, "min_count": batch, "max_count": batch}}
            cloud.api.request("POST", SERVERS, wish, **NEWEST)
        else:
            time.sleep(0.5)
        if time.monotonic() > deadline:
            raise SystemExit(f"{missing} of {count} servers did not become ACTIVE")
    return found[:count]


def _active(cloud: Trial) -> list[str]:
    return _ids(cloud, "status=ACTIVE&")


def _ids(cloud: Trial, query: str) -> list[str]:
    """Of all pages."""
    found: list[str] = []
    while True:
        marker = f"&marker={found[-1]}" if found else ""
        page = cloud.api.get(f"{SERVERS}?{query}limit=1000{marker}")["servers"]
        if not page:
            return found
        found += [server["id"] for server in page]


def measure(cloud: Trial, ids: list[str], rounds: int) -> dict[str, Any]:
    """Flat keys; times are of requests one after another, `cpu_ms` of the API's processes and of PostgreSQL's."""
    report: dict[str, Any] = {"servers": len(ids)}
    api, base = cloud.daemons()["api"], cloud.others()["postgresql"]

    def page(limit: int) -> Callable[[int], None]:
        def ask(number: int) -> None:
            shown = cloud.api.request("GET", f"{SERVERS}/detail?limit={limit}", None, **NEWEST)[2]["servers"]
            if len(shown) != min(limit, len(ids)):
                raise SystemExit(f"a page of {limit} holds {len(shown)}")

        return ask

    def one(number: int) -> None:
        cloud.api.request("GET", f"{SERVERS}/{ids[number % len(ids)]}", None, **NEWEST)

    for name, ask, times in (("page_1000", page(1000), rounds), ("page_50", page(50), 5 * rounds),
                             ("show", one, 10 * rounds)):  # fmt: skip
        for number in range(3):
            ask(number)
        before = cpu_seconds(api), cpu_seconds(base)
        took = sorted(_timed(ask, number) for number in range(times))
        after = cpu_seconds(api), cpu_seconds(base)
        report[f"{name}_p50_ms"] = round(1000 * took[len(took) // 2], 1)
        report[f"{name}_p95_ms"] = round(1000 * took[int(0.95 * (len(took) - 1))], 1)
        for kind, old, new in zip(("api", "postgresql"), before, after, strict=True):
            report[f"{name}_cpu_ms_{kind}"] = round(1000 * (new - old) / times, 2)
    return report


def _timed(ask: Callable[[int], None], number: int) -> float:
    started = time.perf_counter()
    ask(number)
    return time.perf_counter() - started


def missed(report: dict[str, Any]) -> list[str]:
    """Which targets of the issue the medians are over, as sentences."""
    return [f"{name}: {report[f'{name}_p50_ms']} ms instead of {most}" for name, most in TARGETS.items()
            if report[f"{name}_p50_ms"] > most]  # fmt: skip
