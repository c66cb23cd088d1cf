"""R8, R9 and R18: messages are lost, doubled, late, out of order, or not messages at all."""

import json
import random
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tools.gates import poisons
from tools.gates.backlog import Backlog
from tools.gates.gate import Load, say
from tools.gates.judge import judge
from tools.load.api import Refused
from tools.load.trial import Trial
from tools.trial.processes import until

HOOK = "tools.gates.hooks.messages"
DRAINED_S = 60.0
LATE_S = 8.0  # where messages are lost, too: all fakes report in one, and after 75 s without it there are no hosts


def reorder(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Every message is doubled, comes late and out of order; a share of them, then all of them, are lost."""
    late_s = min(sizes.delay_s, LATE_S)
    phases = [
        ("doubled and out of order", {"double": 1.0, "delay_s": sizes.delay_s}, sizes.phase_s),
        ("1 % lost", {"double": 0.5, "delay_s": late_s, "drop": 0.01}, sizes.phase_s),
        ("20 % lost", {"double": 0.5, "delay_s": late_s, "drop": 0.2}, sizes.phase_s),
        ("all lost", {"drop": 1.0}, sizes.deaf_s),
    ]
    with Load(cloud, sizes.boots, sum(seconds for _, _, seconds in phases)) as load:
        for said, knobs, seconds in phases:
            say(f"messages {said}, {load.unfinished} flows unfinished")
            _set(cloud, knobs)
            time.sleep(seconds)
        _set(cloud, {})
        healed, backlog = time.monotonic(), Backlog(load.churn)
        drained = backlog.wait(DRAINED_S)
        say(f"the bus is well; what was owed is done after {drained} s")
    report = judge(cloud, load.churn, healed + drained)
    counts = faults(cloud)
    report |= {"kills": 0, "owed": len(backlog), "drained_s": drained, "messages": counts}
    idle = [kind for kind in ("dropped", "doubled", "delayed") if not counts[kind]]
    report["breaches"] = [*report["breaches"], *(f"no message was {kind}: the gate proves nothing" for kind in idle)]
    return report


def poison(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Bodies of every wrong kind go to every queue under load: no daemon dies, loops or is deaf; all ends right."""
    mark = Path("/tmp/nova-like-poisoned")
    mark.unlink(missing_ok=True)
    server = cloud.api.boot("probe", cloud.flavor, cloud.image)
    until(lambda: _calls_are_answered(cloud, server), 30, "no console", every_s=0.5)  # now there is a reply queue
    before = {name: cloud.pid(name) for name in cloud.daemon_names()}
    with Load(cloud, sizes.boots, 30) as load:
        time.sleep(4)
        started = time.monotonic()
        sent = _publish(cloud, int(sizes.poisons), random.Random(sizes.seed))
        last = time.monotonic()
        say(f"{sent} poisons published in {last - started:.1f} s")
    report = judge(cloud, load.churn, last)
    lines = _complaints(cloud)
    report |= {"kills": 0, "poisons": sent, "log_lines": sum(lines.values()), "log_lines_by_daemon": dict(lines)}
    changed = [name for name, pid in before.items() if cloud.ready(name) != pid]
    breaches = [f"{name} did not live through it" for name in changed]
    breaches += [
        f"{name} logged {count} lines about {sent} poisons"
        for name, count in lines.items()
        if count > 100 + 0.1 * sent / len(before)
    ]  # fmt: skip  (calls whose caller is gone are said one by one)
    if not _calls_are_answered(cloud, server):
        breaches.append("calls are no longer answered")
    if mark.exists():
        breaches.append("a pickle was loaded")
    return {**report, "breaches": [*report["breaches"], *breaches]}


def _calls_are_answered(cloud: Trial, server: str) -> bool:
    """Whether the API gets the answer to a call (the console's text) from the server's host."""
    try:
        cloud.api.post(f"/compute/v2.1/servers/{server}/action", {"os-getConsoleOutput": {}})
    except Refused:
        return False
    return True


def _publish(cloud: Trial, count: int, chance: random.Random) -> int:
    """Poisons to every queue, by the controller's user; how many the broker took."""
    import kombu

    queues, sent = [queue["name"] for queue in cloud.rabbit.queues()], 0
    url = "amqp" + cloud.rabbit.url("controller").removeprefix("rabbit")
    with kombu.Connection(url) as connection, connection.channel() as channel:
        for queue in queues:
            exchange = "reports" if queue == "reports" else "replies" if queue.startswith("reply_") else "commands"
            for body, kind, coding, headers in poisons.bodies(queue, count // len(queues), chance):
                message = channel.prepare_message(body, content_type=kind, content_encoding=coding, headers=headers)
                channel.basic_publish(message, exchange=exchange, routing_key=queue)
                sent += 1
    return sent


def _complaints(cloud: Trial) -> Counter[str]:
    """Lines of warnings and errors by daemon."""
    lines: Counter[str] = Counter()
    for name in cloud.daemon_names():
        text = (cloud.state / "logs" / f"{name}.log").read_text(errors="replace")
        lines[name] = sum(" WARNING " in line or " ERROR " in line or "Traceback" in line for line in text.splitlines())
    return lines


def faults(cloud: Trial) -> Counter[str]:
    """What was done to messages, all daemons together."""
    counts: Counter[str] = Counter()
    for path in (cloud.state / "run").glob("*.faults"):
        counts.update(json.loads(path.read_text() or "{}"))
    return counts


def _set(cloud: Trial, knobs: dict[str, float]) -> None:
    fresh = cloud.state / "faults.json.new"
    fresh.write_text(json.dumps(knobs))
    fresh.replace(cloud.state / "faults.json")
