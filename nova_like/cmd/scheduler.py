"""nova-like-scheduler: advances flows, picks hosts, gathers the agents' reports."""

import logging
import os
import signal
import sys
from typing import Any

from nova_like import concurrency, logs

GROUPS = ("default", "api", "bus", "database", "images", "metrics", "notifications", "scheduler", "volume")
GRACE_SECONDS = 8.0
APPEAR_SECONDS = 10.0
LOG = logs.get(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run until told to end."""
    concurrency.init("threading")
    from nova_like import conf as configuration
    from nova_like.rpc.transport import make_transport

    conf = configuration.load(sys.argv[1:] if argv is None else argv, "nova-like-scheduler", GROUPS)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))  # nothing is in hand while database and broker are waited for
    run(conf, make_transport(conf), concurrency.Event())
    logging.shutdown()
    os._exit(0)  # threads of messages that did not finish in time must not hold the process


def run(conf: Any, transport: Any, stop: Any) -> None:
    """Serve until `stop` is set, or SIGTERM or SIGINT comes, then finish what is in hand."""
    from nova_like.cmd import notify
    from nova_like.cmd.scheduler_parts import make

    scheduler = make(conf, transport)
    servers = start(conf, transport, scheduler, stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if conf.metrics.port:
        from nova_like.cmd.metrics import scheduler as numbers

        numbers.show(conf, scheduler, servers, stop)
    concurrency.settle_memory()
    notify.ready("serving")
    while not concurrency.wait(stop, 1.0):
        if concurrency.monotonic() - scheduler.clockwork.last_worked < 10 + 3 * conf.scheduler.gather_seconds:
            notify.watchdog()
    notify.stopping()
    for server in servers:
        server.stop(GRACE_SECONDS / len(servers))
    scheduler.sender.stop(1.0)


def start(conf: Any, transport: Any, scheduler: Any, stop: Any) -> list[Any]:
    """Start the threads of a made scheduler; its servers."""
    from nova_like.model.errors import Unavailable
    from nova_like.rpc import signing
    from nova_like.rpc.contracts.flows import Flows
    from nova_like.rpc.contracts.reports import Reports
    from nova_like.rpc.server import serve
    from nova_like.scheduler import delivering, hearing, listening, mending, notifying, reclaiming, retention, shelves

    clockwork, pace = scheduler.clockwork, conf.scheduler
    scheduler.sender.start()
    while not stop.is_set():
        try:
            for pool in scheduler.pools:
                pool.refresh(scheduler.database)
            clockwork.appear()
            break
        except Unavailable as fault:
            LOG.warning("waiting for the database: %s", fault.reason)
            concurrency.wait(stop, 1.0)
    servers = [  # before the duties: who is judged has been listened to
        serve(transport, Flows, scheduler.flows, threads=pace.threads),
        serve(transport, Reports, scheduler.reports, threads=pace.threads, verifier=signing.verifier(conf)),
    ]
    duties = [
        (scheduler.listening.listen, listening.ROUND_SECONDS),
        (clockwork.sweep, pace.sweep_seconds),
        (clockwork.gather, pace.gather_seconds),
        (clockwork.appear, APPEAR_SECONDS),
        (scheduler.retention.retain, retention.ROUND_SECONDS),
        (scheduler.mending.mend, mending.ROUND_SECONDS),
        (scheduler.shelves.clear, shelves.ROUND_SECONDS),
        (scheduler.reclaiming.reclaim, reclaiming.ROUND_SECONDS),
        (scheduler.reports.hearing.judge, hearing.ROUND_SECONDS),
    ]
    if conf.notifications.bus or conf.notifications.webhook_key:
        duties.append((scheduler.notifying.tell, notifying.ROUND_SECONDS))
    if scheduler.delivering is not None:
        duties.append((scheduler.delivering.deliver, delivering.ROUND_SECONDS))
    for duty, seconds in duties:
        concurrency.spawn(clockwork.rounds, duty, seconds, stop, name=duty.__name__)
    return servers


if __name__ == "__main__":
    main()
