"""The broker: reachable, with its exchanges, its queues served, not growing, and of one process each."""

from collections.abc import Iterable

from nova_like import concurrency
from nova_like.cmd.manage.doctor.finding import Finding, Skipped
from nova_like.cmd.manage.doctor.patient import Patient

SHARED = ("flows", "reports")
DEEP = 100  # messages that may wait without anybody minding
LOOK_SECONDS = 2.0


def reachable(patient: Patient) -> Iterable[Finding]:
    if patient.is_local:
        raise Skipped("the bus is inside one process")
    if patient.broker_fault:
        yield Finding(
            "broker unreachable",
            patient.broker_fault,
            "start it, or correct [bus] url, its password and the ssl options; flows go on when it is back",
        )


def exchanges(patient: Patient) -> Iterable[Finding]:
    from nova_like.rpc.inspect import missing_exchanges

    patient.depths([])
    for name in missing_exchanges(patient.conf):
        yield Finding("exchange missing", f"the broker has no exchange {name}",
                      "restart a scheduler: controllers declare the exchanges")  # fmt: skip


def queues(patient: Patient) -> Iterable[Finding]:
    """Each living agent's queue, and the schedulers', has somebody who takes from it."""
    owners = {f"{row['kind']}.{row['address']}": row for row in patient.agents if patient.is_heard(row)}
    for name, depth in patient.depths([*SHARED, *sorted(owners)]).items():
        remedy = f"restart the {owners[name]['kind']} agent at {owners[name]['address']}" if name in owners else \
            "start a scheduler: `systemctl start nova-like-scheduler`"  # fmt: skip
        if depth is None:
            yield Finding("queue missing", f"{name} does not exist, though its daemon reports", remedy)
        elif depth[1] == 0:
            yield Finding("queue unserved", f"{name} has {depth[0]} messages and no consumer", remedy)
        elif depth[1] > 1 and name in owners:
            yield Finding("agent runs twice", f"{depth[1]} processes take orders from {name}",
                          "end all but one, or give each its own [DEFAULT] host")  # fmt: skip


def growth(patient: Patient) -> Iterable[Finding]:
    """Two looks: a queue that is deep and does not get shorter."""
    names = [*SHARED, *sorted({f"{row['kind']}.{row['address']}" for row in patient.agents})]
    deep = {name: depth[0] for name, depth in patient.depths(names).items() if depth and depth[0] >= DEEP}
    if not deep:
        return
    concurrency.sleep(LOOK_SECONDS)
    for name, depth in patient.depths(list(deep)).items():
        if depth and depth[0] >= deep[name]:
            yield Finding("queue grows", f"{name} went from {deep[name]} to {depth[0]} messages in {LOOK_SECONDS:g} s",
                          "see that its daemon is well; for flows or reports, start a further scheduler")  # fmt: skip
