"""Boots in flight: each is asked for, then seen ACTIVE by the one list that everybody shares."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tools.load.api import Api

LOOK_S = 0.25
OVERLAP_S = 0.5  # a row is stamped when its statement runs, and is seen when its transaction has committed


@dataclass
class Boots:
    """Outcome of a run: seconds from request to ACTIVE seen, by server id; `errors` as they were said."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds that `share` of the boots took at the most."""
        times = sorted(self.seconds.values())
        return 1000 * times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


class Run:
    """`count` boots, `in_flight` at once; a new one starts as soon as one is seen ACTIVE (or ERROR)."""

    def __init__(self, api: Api, flavor: str, image: str, count: int, in_flight: int, limit_s: float = 300) -> None:
        self.api, self.flavor, self.image = api, flavor, image
        self.names = deque(f"load-{number}" for number in range(count))
        self.in_flight, self.limit_s = in_flight, limit_s
        self.result = Boots()
        self._waiting: dict[str, tuple[float, threading.Event]] = {}
        self._seen: dict[str, str] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()

    def run(self) -> Boots:
        self._since = time.time() - 1
        started = time.monotonic()
        looker = threading.Thread(target=self._look, daemon=True)
        looker.start()
        workers = [threading.Thread(target=self._work, daemon=True) for _ in range(self.in_flight)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(self.limit_s)
        self._done.set()
        looker.join(5)
        self.result.wall_s = time.monotonic() - started
        return self.result

    def _work(self) -> None:
        while True:
            try:
                name = self.names.popleft()
            except IndexError:
                return
            try:
                self._boot(name)
            except Exception as error:
                self.result.errors.append(f"{name}: {error}")

    def _boot(self, name: str) -> None:
        started, event = time.monotonic(), threading.Event()
        server = self.api.boot(name, self.flavor, self.image)
        with self._lock:
            self._waiting[server] = (started, event)
            if server in self._seen:
                self._settle(server)
        if not event.wait(self.limit_s):
            self.result.errors.append(f"{name}: {server} is not ACTIVE after {self.limit_s:g} s")

    def _look(self) -> None:
        """Once every LOOK_S, however long the answer takes."""
        due = time.monotonic() + LOOK_S
        while not self._done.wait(max(0.0, due - time.monotonic())):
            due = max(due + LOOK_S, time.monotonic())
            since = datetime.fromtimestamp(self._since, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            asked = time.time()
            try:
                servers = self.api.servers(f"&changes-since={since}")
            except Exception as error:
                self.result.errors.append(f"list: {error}")
                continue
            self._since = asked - OVERLAP_S
            with self._lock:
                for server in servers:
                    if server["status"] in ("ACTIVE", "ERROR"):
                        self._seen[server["id"]] = server["status"]
                        self._settle(server["id"])

    def _settle(self, server: str) -> None:
        found = self._waiting.pop(server, None)
        if found is None:
            return
        if self._seen[server] == "ACTIVE":
            self.result.seconds[server] = time.monotonic() - found[0]
        else:
            self.result.failed.append(server)
        found[1].set()
