"""What an agent says of its hosts: hello at the start, every interval, early on change. Starts no threads."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nova_like import concurrency, logs
from nova_like.model.context import SYSTEM
from nova_like.model.errors import Fault
from nova_like.model.orders import HostReport
from nova_like.rpc.tally import Tally

LOG = logs.get(__name__)
CHUNK = 200  # hosts in one message
GAP_SECONDS = 0.25  # changes within this time go together
RETRY_SECONDS = 1.0
HELLO_SECONDS = 1.0

Report = Callable[..., None]  # report(ctx, "hosts" | "answer", **arguments); raises a Fault when it could not be sent
Describe = Callable[[str], HostReport]


class Reporter:
    """The hosts of one agent process and how they are reported. `last_worked` is when a report last got out;
    `last_turned` also when one was refused: to end a process because its broker is away helps nobody."""

    def __init__(
        self,
        identity: dict[str, str],
        hosts: Iterable[str],
        report: Report,
        describe: Describe,
        counters: Tally,
        interval_seconds: float = 30.0,
    ) -> None:
        self.hosts = list(hosts)
        self.last_worked = self.last_turned = concurrency.monotonic()
        self._identity, self._report, self._describe = identity, report, describe
        self._counters, self._interval = counters, interval_seconds
        self._changed: set[str] = set()
        self._lock = concurrency.Lock()
        self._wake = concurrency.Event()
        self._greeting = True
        self._hellos: dict[str, float] = {}
        self._number = 0

    def changed(self, host: str) -> None:
        """Report this host soon."""
        with self._lock:
            self._changed.add(host)
        self._wake.set()

    def greet(self) -> None:
        """Say hello for all hosts soon: what was asked or answered meanwhile may be lost, and is then sent again."""
        self._greeting = True
        self._wake.set()

    def hello(self, host: str) -> None:
        """Tell which process serves this host now, at most once a second for each host."""
        now = concurrency.monotonic()
        with self._lock:
            if now - self._hellos.get(host, -HELLO_SECONDS) < HELLO_SECONDS:
                return
            self._hellos[host] = now
        self.send([host], hello=True)

    def send(self, hosts: Sequence[str], hello: bool = False) -> bool:
        """Report these hosts in as few messages as allowed; false when the bus did not take them all."""
        reports = [report for host in hosts if (report := self._described(host, hello)) is not None]
        chunks = [reports[start : start + CHUNK] for start in range(0, len(reports), CHUNK)]
        return all(self.say("hosts", reports=chunk) for chunk in chunks)

    def _described(self, host: str, hello: bool) -> HostReport | None:
        with self._lock:
            self._number += 1  # before looking: what was seen later has the higher number
            told: dict[str, Any] = {**self._identity, "host": host, "hello": hello, "number": self._number}
        try:
            return dataclasses.replace(self._describe(host), **told)
        except Exception:
            self._counters.add("undescribed")
            LOG.exception("cannot describe host %s", host)
            return None

    def say(self, method: str, ctx: Any = SYSTEM, **arguments: Any) -> bool:
        """Send one message on the reports exchange; false when the bus is away (counted, not retried)."""
        try:
            self._report(ctx, method, **arguments)
        except Fault as fault:
            self._counters.add("unsent")
            self.last_turned = concurrency.monotonic()
            LOG.warning("could not send %s: %s", method, fault.reason)
            return False
        except Exception:  # the bus client's own trouble: a report is never worth a thread
            self._counters.add("unsent")
            LOG.exception("could not send %s", method)
            return False
        self._counters.add(f"sent_{method}")
        self.last_worked = self.last_turned = concurrency.monotonic()
        return True

    def loop(self, stop: Any) -> None:
        """Say hello until it is heard, then report, until `stop` is set; the caller's thread."""
        while not stop.is_set():
            if self._greeting and not self._greet():
                concurrency.wait(stop, concurrency.jitter(RETRY_SECONDS))
                continue
            due = self._wait(stop)
            if stop.is_set() or self._greeting:
                continue
            hosts = self.hosts if due else self._take_changed()
            if not self.send(hosts):
                self._put_back(hosts)
                concurrency.wait(stop, RETRY_SECONDS)

    def _greet(self) -> bool:
        self._greeting = False
        self._greeting = not self.send(self.hosts, hello=True) or self._greeting
        return not self._greeting

    def _wait(self, stop: Any) -> bool:
        """Until the interval is over (true), or a change has had the time to be joined by others (false)."""
        deadline = concurrency.monotonic() + concurrency.jitter(self._interval)
        while not stop.is_set() and (left := deadline - concurrency.monotonic()) > 0:
            if concurrency.wait(self._wake, min(left, 1.0)):
                concurrency.wait(stop, min(left, GAP_SECONDS))
                return False
        self._take_changed()
        return True

    def _take_changed(self) -> list[str]:
        with self._lock:
            self._wake.clear()
            taken, self._changed = sorted(self._changed), set()
            return taken

    def _put_back(self, hosts: list[str]) -> None:
        with self._lock:
            self._changed.update(hosts)
        self._wake.set()
