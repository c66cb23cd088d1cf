"""All checks in the order in which they are made: what others rest on comes first."""

from collections.abc import Callable, Iterable

from nova_like.cmd.manage.doctor import agents, broker, database, files, flows, management
from nova_like.cmd.manage.doctor.finding import Finding
from nova_like.cmd.manage.doctor.patient import Patient

CHECKS: dict[str, Callable[[Patient], Iterable[Finding]]] = {
    "configuration": files.configuration,
    "settings": files.settings,
    "file modes": files.modes,
    "key files": files.key_files,
    "database": database.reachable,
    "one database for all": database.shared,
    "schema": database.schema,
    "clocks": database.clock,
    "durability": database.durability,
    "Fernet keys": files.fernet_keys,
    "image store": files.image_store,
    "broker": broker.reachable,
    "exchanges": broker.exchanges,
    "schedulers": agents.schedulers,
    "silent agents": agents.silent,
    "deaf agents": agents.deaf,
    "doubled agents": agents.doubled,
    "unknown guests": agents.strangers,
    "queues": broker.queues,
    "growing queues": broker.growth,
    "kinds of queues": management.queue_types,
    "broker users": management.permissions,
    "parked flows": flows.parked,
    "stuck flows": flows.stuck,
    "overdue flows": flows.overdue,
    "tombstones": flows.tombstones,
    "retention": flows.retention,
    "audit": flows.audit,
}
