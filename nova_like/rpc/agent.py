"""The runtime that compute, network and volume agents share: which orders to carry out, and what is answered.

Synchronous and without threads of its own: `handle` runs in whatever thread brings the message. It keeps no journal:
generations make a late order harmless, and a lost one is sent again.
"""

import dataclasses
import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nova_like import concurrency, logs
from nova_like.model import boots, errors
from nova_like.model.context import Context
from nova_like.model.orders import Answer, HostReport, Order
from nova_like.rpc.generations import Finished, Highest
from nova_like.rpc.reporter import Describe, Report, Reporter
from nova_like.rpc.tally import Tally
from nova_like.rpc.work import Recent, Verb, Work

LOG = logs.get(__name__)
RESULTS = 1000
FULL = (errno.ENOSPC, errno.EDQUOT)


class Agent:
    """One agent process. `report` is `Client(transport, Reports, signer).cast`; `describe(host)` gives its facts.

    `counters`: done, failed, working, repeated, cancelled, dropped_host, dropped_boot, dropped_generation,
    dropped_pending, unsent, sent_answer, sent_hosts.
    """

    def __init__(
        self,
        kind: str,
        address: str,
        hosts: Iterable[str],
        report: Report,
        describe: Describe,
        boot_id: str = "",
        interval_seconds: float = 30.0,
    ) -> None:
        self.kind, self.address = kind, address
        self.boot_id = boot_id or boots.make(concurrency.new_id(), _kernel(), concurrency.monotonic())
        self.counters = Tally()
        identity = {"kind": kind, "address": address, "boot_id": self.boot_id}
        self._describe = describe
        self.reporter = Reporter(identity, hosts, report, self._described, self.counters, interval_seconds)
        self._hosts = frozenset(self.reporter.hosts)
        self._lock = concurrency.Lock()
        self._generations = Highest()
        self._answers: Recent[Answer] = Recent(RESULTS)
        self._finished: dict[str, Finished] = {}
        self._running: dict[tuple[str, str], Work] = {}
        self._pending: dict[tuple[str, str], Work] = {}

    @property
    def last_worked(self) -> float:
        """When a report or an answer last got out, on the monotonic clock."""
        return self.reporter.last_worked

    @property
    def last_turned(self) -> float:
        """When one last got out or was refused by the bus: a watchdog's food."""
        return self.reporter.last_turned

    def changed(self, host: str) -> None:
        """Report this host soon: something of it is other than was reported."""
        self.reporter.changed(host)

    def report_loop(self, stop: Any) -> None:
        """Say hello until it is heard, then report every interval and on change, until the event `stop` is set."""
        self.reporter.loop(stop)

    def handle(self, ctx: Context, verb: Verb, order: Order, **payload: Any) -> None:
        """Carry out `verb(work, **payload) -> facts` and answer, unless the order is old, running or done already.

        Returns when this order and those that came for the same resource meanwhile are finished. A failed order
        that is sent again is tried again: looking first makes that safe, and it is how the engine retries.
        """
        if work := self.admit(ctx, verb, order, **payload):
            self.carry_out(work)

    def admit(self, ctx: Context, verb: Verb, order: Order, **payload: Any) -> Work | None:
        """The first half of `handle`, which waits for nothing: what `carry_out` is to be given, in any thread; None
        when there is nothing to do, or when it was answered."""
        if not self._meant_for_us(order):
            return None
        with self._lock:
            work, answer = self._admit(Work(ctx, order, verb, payload))
        if answer:
            self._say(ctx, answer)
        return work

    def drop(self, work: Work) -> None:
        """Forget admitted work that nobody can carry out; it is sent again."""
        with self._lock:
            if self._running.get(work.place) is work:
                del self._running[work.place]
                self._pending.pop(work.place, None)

    def carry_out(self, admitted: Work) -> None:
        """The second half: the work, unless something newer took its place before it began, and what came for the same
        resource meanwhile."""
        with self._lock:
            work: Work | None = admitted if self._running.get(admitted.place) is admitted else None
            admitted.begun = True
        while work:
            logs.mark(work.ctx.request_id, work.order.resource)
            answer = self._run(work)
            with self._lock:
                following = self._finish(work, answer)
            if not work.cancelled():
                self._say(work.ctx, answer)
            work = following

    def _meant_for_us(self, order: Order) -> bool:
        if order.host not in self._hosts:
            self.counters.add("dropped_host")
            LOG.warning("dropped %s of host %s, which is not served here", order.step, order.host)
            return False
        if order.boot_id != self.boot_id:
            self.counters.add("dropped_boot")
            self.reporter.hello(order.host)
            return False
        return True

    def _admit(self, work: Work) -> tuple[Work | None, Answer | None]:
        """What to do with an order: the work to start now, if any, and the answer to give now, if any."""
        if not self._is_newest(work):
            self.counters.add("dropped_generation")
            return None, None
        if done := self._answers.get(work.key):
            self.counters.add("repeated")
            return None, done
        running = self._running.get(work.place)
        if running and (running.begun or not running.cancelled()):
            return None, self._queue(work, running)
        if running:  # it never began, and is not wanted any more
            self.counters.add("cancelled")
            self._pending.pop(work.place, None)
        self._running[work.place] = work
        return work, None

    def _is_newest(self, work: Work) -> bool:
        """Remember a higher generation and call off what a lower one does; false for an order that is too old."""
        generation = work.order.generation
        if not self._generations.rise(*work.place, generation):
            return False
        running = self._running.get(work.place)
        if running and running.order.generation < generation:
            running.cancel()
        return True

    def _queue(self, work: Work, running: Work) -> Answer | None:
        """Keep the newest order until the running one is over; a re-send of either is answered `working`."""
        waiting = self._pending.get(work.place)
        if work.key == running.key or (waiting and waiting.key == work.key):
            self.counters.add("working")
            return _answer(work, "working")
        if waiting:
            self.counters.add("dropped_pending")
        self._pending[work.place] = work
        return None

    def _finish(self, work: Work, answer: Answer) -> Work | None:
        """Forget the running work and take the pending one in its place."""
        del self._running[work.place]
        host, resource = work.place
        if self.kind == "compute" and answer.state == "done":  # others have no guests; what failed comes again
            self._finished.setdefault(host, Finished()).put(resource, work.order.generation)
        self.counters.add("cancelled" if work.cancelled() else answer.state)
        if answer.state == "done" and not work.cancelled():
            self._answers.put(work.key, answer)
        if following := self._pending.pop(work.place, None):
            self._running[work.place] = following
            following.begun = True
        return following

    def _run(self, work: Work) -> Answer:
        work.started_at = concurrency.now().isoformat()
        try:
            facts = work.verb(work, **work.payload)
            return _answer(work, "done", facts=facts or {})
        except errors.Fault as fault:
            LOG.warning("%s of %s failed: %s", work.order.step, work.order.resource, fault.reason)
            return _answer(work, "failed", fault=errors.to_dict(fault))
        except Exception as error:
            LOG.exception("%s of %s failed", work.order.step, work.order.resource)
            why = ": its disk is full" if isinstance(error, OSError) and error.errno in FULL else ""
            reason = errors.HostFailure(f"the {self.kind} agent failed at {work.order.step}{why}", self.kind)
            return _answer(work, "failed", fault=errors.to_dict(reason))

    def _described(self, host: str) -> HostReport:
        """The host's report, with the generation of the last order that was carried out for each guest before it was
        looked at: so the controller sees which reports are older than what it was answered."""
        with self._lock:
            finished = self._finished[host].copy() if host in self._finished else {}
        report = self._describe(host)
        if report.powers is None:
            return report
        known = {id: finished[id][0] for id in report.powers if id in finished}
        if gone := {id: over for id, over in finished.items() if id not in report.powers}:
            with self._lock:
                self._finished[host].forget(gone)
        return dataclasses.replace(report, generations=known)

    def _say(self, ctx: Context, answer: Answer) -> None:
        self.reporter.say("answer", ctx, answer=answer)


def _kernel() -> str:
    """Another one after each start of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _answer(work: Work, state: str, **what: Any) -> Answer:
    order = work.order
    return Answer(
        flow=order.flow,
        step=order.step,
        resource=order.resource,
        generation=order.generation,
        host=order.host,
        boot_id=order.boot_id,
        undo=order.undo,
        state=state,
        started_at=work.started_at,
        finished_at="" if state == "working" else concurrency.now().isoformat(),
        **what,
    )
