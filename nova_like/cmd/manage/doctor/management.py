"""What only RabbitMQ's management plugin knows: kinds of queues, and what each user may do. Skipped without it."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from nova_like.cmd.manage.broker.management import Management
from nova_like.cmd.manage.doctor.finding import Finding, Skipped
from nova_like.cmd.manage.doctor.patient import Patient
from nova_like.model.errors import Fault

KINDS = {"quorum": ("quorum", True), "classic_durable": ("classic", True), "transient": ("classic", False)}


def queue_types(patient: Patient) -> Iterable[Finding]:
    """Queues are of the kind that [bus] queue_type says; RabbitMQ refuses to serve them otherwise."""
    kind, durable = KINDS[patient.conf.bus.queue_type]
    ours = re.compile(r"(flows|reports|(compute|network|volume)\..+)\Z")
    for row in _ask(patient, "queues"):
        found = (row.get("type", "classic"), row.get("durable", True))
        if ours.match(row["name"]) and found != (kind, durable):
            shown = f"{'durable' if found[1] else 'transient'} {found[0]}"
            yield Finding("queue of another kind", f"{row['name']} is {shown}, [bus] queue_type is "
                          f"{patient.conf.bus.queue_type}", "delete the queue while its daemon is down, or use a new "
                          "virtual host")  # fmt: skip


def permissions(patient: Patient) -> Iterable[Finding]:
    """No user but the controllers' may speak as a controller, or listen to more than one agent's orders."""
    addresses: dict[str, list[str]] = {}
    for row in patient.agents:
        addresses.setdefault(row["address"], []).append(f"{row['kind']}.{row['address']}")
    own = urlsplit(patient.conf.bus.url).username
    for row in _ask(patient, "permissions"):
        if row["user"] != own:
            yield from _too_much(row, addresses)


def _too_much(row: dict[str, Any], addresses: dict[str, list[str]]) -> Iterable[Finding]:
    wrong = [f"may write to {name}" for name in ("commands", "amq.default", "flows") if re.search(row["write"], name)]
    wrong += [f"may read {name}" for name in ("reports", "flows") if re.search(row["read"], name)]
    heard = [address for address, names in addresses.items() if any(re.search(row["read"], name) for name in names)]
    if len(heard) > 1:
        wrong.append(f"may read the orders of {len(heard)} agents")
    if wrong:
        yield Finding("broker user may do too much", f"{row['user']} {', '.join(wrong)}",
                      f"rabbitmqctl set_permissions {row['user']} with what `nova-like-manage bus permissions KIND "
                      "ADDRESS` prints; or delete the user")  # fmt: skip


def _ask(patient: Patient, what: str) -> list[dict[str, Any]]:
    """Queues or permissions of our virtual host. Raises Skipped without the plugin."""
    patient.depths([])
    try:
        plugin = Management(patient.conf)
        return plugin.queues() if what == "queues" else plugin.permissions()
    except Fault as fault:
        raise Skipped(fault.reason) from None
