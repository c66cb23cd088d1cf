"""How an agent's program lives: serve its queue, report, feed the watchdog, and end within ten seconds of SIGTERM."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova_like import concurrency, logs
from nova_like.cmd import notify
from nova_like.rpc import server
from nova_like.rpc.agent import Agent
from nova_like.rpc.contract import Contract
from nova_like.rpc.transport import when_back

LOG = logs.get(__name__)
GRACE_SECONDS = 8.0
SILENT_REPORTS = 3  # an agent that has not come to report for so long hangs: the watchdog may have it
GROUPS = ("default", "bus", "fake", "metrics")


def run(
    conf: cfg.ConfigOpts,
    transport: Any,
    contract: type[Contract],
    agent: Agent,
    handler: Any,
    close: Callable[[], None] = lambda: None,
    drain: Callable[[float], bool] = lambda seconds: True,
) -> None:
    """Serve until SIGTERM or SIGINT, then let the orders in hand finish; ends the process.

    `drain(seconds)` waits for orders that the handler took out of the server's hands; false when some are left.
    """
    stop = concurrency.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))  # nothing is in hand while the broker is waited for
    serving = server.serve(transport, contract, handler, agent.address, threads=conf.bus.threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    when_back(transport, agent.reporter.greet)
    concurrency.spawn(agent.report_loop, stop, name="reports")
    if conf.metrics.port:
        from nova_like.cmd.metrics import agents as numbers

        numbers.show(conf, [(agent, serving)])
    LOG.info("%s agent %s serves, boot %s", agent.kind, agent.address, agent.boot_id)
    _watch(agent, stop, conf.bus.report_seconds)
    notify.stopping()
    concurrency.spawn(_end_late, name="end")
    LOG.info("ending: %d counted, %s", sum(agent.counters.values()), dict(agent.counters))
    deadline = concurrency.monotonic() + GRACE_SECONDS
    finished = serving.stop(GRACE_SECONDS)
    if not (drain(max(0.0, deadline - concurrency.monotonic())) and finished):
        LOG.warning("ended with orders in hand; they will be sent again to the next process")
    close()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)  # threads of orders that did not finish in time must not hold the process


def _end_late() -> None:
    """A broker that is away must not hold a daemon that was told to end."""
    concurrency.sleep(GRACE_SECONDS + 1.5)
    os._exit(0)


def _watch(agent: Agent, stop: Any, interval: float) -> None:
    """Ready when the first report is out, then a sign of life each second while reports and answers get out, or are
    known to be refused: an agent whose broker is away goes on serving its guests."""
    ready = False
    while not stop.is_set():
        if not ready and agent.counters["sent_hosts"]:
            notify.ready(f"serving {len(agent.reporter.hosts)} hosts")
            ready = True
        if concurrency.monotonic() - agent.last_turned < SILENT_REPORTS * max(interval, 1.0):
            notify.watchdog()
        concurrency.wait(stop, 1.0 if ready else 0.02)
