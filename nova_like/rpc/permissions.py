"""What a broker user may do: pure rules, applied with `rabbitmqctl set_permissions` and `set_topic_permissions`.

Controllers own the exchanges and the shared queues. An agent owns its queue, binds it to `commands` under its own
name only (topic permission), and writes to `reports` and `replies`. It may not write to the default exchange (the
broker calls it amq.default): who may, may write to every queue. Replies therefore have an exchange of their own,
where a reply is told from a forged one by its random message id. An agent declares and deletes no exchange.
"""

import re
from typing import NamedTuple

from nova_like.rpc.contract import COMMANDS, REPLIES, REPORTS

NOTHING = "^$"
NOTIFICATIONS = "nova"  # the exchange of [notifications], unless it is told another
CONTROLLER = rf"^({COMMANDS}|{REPORTS}|{REPLIES}|{NOTIFICATIONS}|flows|reply_[0-9a-f]+)$"
TOPICS = ("compute", "network", "volume")


class Permissions(NamedTuple):
    """Regular expressions on the names of queues and exchanges."""

    configure: str
    write: str
    read: str


class TopicPermissions(NamedTuple):
    """Regular expressions on routing keys, for one exchange."""

    exchange: str
    write: str
    read: str


def permissions(kind: str, address: str = "", topic: str = "") -> Permissions:
    """Of a `controller`, or of the `agent` that serves `<topic>.<address>`; agents of one machine may share a user,
    their topics are separated by commas then. ValueError for anything else."""
    if kind == "controller":
        return Permissions(CONTROLLER, CONTROLLER, CONTROLLER)
    queue = _queue(kind, address, topic)
    return Permissions(f"^{queue}$", f"^({queue}|{REPORTS}|{REPLIES})$", f"^({queue}|{COMMANDS})$")


def topic_permissions(kind: str, address: str = "", topic: str = "") -> list[TopicPermissions]:
    """Without these an agent could bind its queue to another agent's commands."""
    if kind == "controller":
        return [TopicPermissions(exchange, ".*", ".*") for exchange in (COMMANDS, REPORTS)]
    queue = _queue(kind, address, topic)
    return [TopicPermissions(COMMANDS, NOTHING, f"^{queue}$"), TopicPermissions(REPORTS, f"^{REPORTS}$", NOTHING)]


def _queue(kind: str, address: str, topic: str) -> str:
    topics = topic.split(",")
    if kind != "agent" or not address or not set(topics) <= set(TOPICS):
        raise ValueError(f"no permissions for kind={kind!r} address={address!r} topic={topic!r}")
    queue = re.escape(f".{address}")
    return f"{topics[0]}{queue}" if len(topics) == 1 else f"({'|'.join(topics)}){queue}"
