"""What the broker holds of a cloud at rest: no message left behind, no queue or exchange that nobody owns."""

import json
import time
from typing import Any

REST_S = 10.0
EXCHANGES = {"commands", "reports", "replies"}
COLUMNS = ["name", "messages_ready", "messages_unacknowledged", "consumers"]


def wrongs(rabbit: Any, owners: set[str]) -> list[str]:
    """Everything that is wrong, as sentences. `owners` are the queues that living daemons serve. Reports come all the
    time: a queue is judged by its best moment within REST_S."""
    deadline = time.monotonic() + REST_S
    while True:
        found = _queues(_list(rabbit, "list_queues", *COLUMNS), owners)
        if not found or time.monotonic() > deadline:
            return found + _exchanges(_list(rabbit, "list_exchanges", "name"))
        time.sleep(0.5)


def _queues(queues: list[dict[str, Any]], owners: set[str]) -> list[str]:
    found = []
    for queue in queues:
        name = queue["name"]
        if name not in owners and not (name.startswith("reply_") and queue["consumers"]):
            found.append(f"queue {name} has no owner")
        for column, said in (("messages_ready", "waiting"), ("messages_unacknowledged", "unacknowledged")):
            if queue[column]:
                found.append(f"queue {name} has {queue[column]} messages {said}")
        if name in owners and not queue["consumers"]:
            found.append(f"queue {name} has no consumer")
    return found + [f"queue {name} is not there" for name in sorted(owners - {queue["name"] for queue in queues})]


def _exchanges(exchanges: list[dict[str, Any]]) -> list[str]:
    own = {exchange["name"] for exchange in exchanges if exchange["name"] and not exchange["name"].startswith("amq.")}
    return [f"exchange {name} has no owner" for name in sorted(own - EXCHANGES)]


def _list(rabbit: Any, what: str, *columns: str) -> list[dict[str, Any]]:
    return list(json.loads(rabbit.ctl("-p", "nova_like", what, *columns, "--formatter", "json") or "[]"))
