"""R3 and R4: the broker dies, stands still, or comes back with nothing."""

import os
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tools.gates.backlog import Backlog
from tools.gates.gate import Load, say
from tools.gates.judge import judge, within
from tools.load.trial import Trial
from tools.trial.processes import descendants

DRAINED_S = 15.0
AFTER_WIPE_S = 30.0


def down(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """The broker is killed and stays away: what is owed when it returns is done 15 s later, nothing is lost."""
    return _away(cloud, sizes, cloud.rabbit.kill, lambda: _start(cloud), DRAINED_S)


def frozen(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """The broker stands still with its connections open (SIGSTOP): the same, and the API goes on answering."""
    pid = cloud.rabbit.pid
    assert pid is not None
    family = [pid, *descendants(pid)]

    def send(number: int) -> Callable[[], None]:
        return lambda: [os.kill(member, number) for member in family] and None

    return _away(cloud, sizes, send(signal.SIGSTOP), send(signal.SIGCONT), DRAINED_S)


def wiped(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """The broker is killed, its data removed, and it starts with users and rights only: nothing is lost after 30 s."""

    def end() -> None:
        cloud.rabbit.kill()
        cloud.rabbit.wipe()

    return _away(cloud, sizes, end, lambda: _start(cloud), AFTER_WIPE_S)


def _away(
    cloud: Trial, sizes: SimpleNamespace, end: Callable[[], None], bring_back: Callable[[], None], limit_s: float
) -> dict[str, Any]:
    """Take the broker away in the middle of a load for `sizes.down_s`; the judgement with the gate's own times."""
    with Load(cloud, sizes.boots, 20 + sizes.down_s) as load:
        time.sleep(10)
        in_flight = load.unfinished
        end()
        say(f"broker away, {in_flight} flows unfinished")
        time.sleep(sizes.down_s)
        try:
            bring_back()
        finally:
            back = time.monotonic()
        backlog = Backlog(load.churn)
        say(f"broker back, {len(backlog)} flows unfinished")
        drained = backlog.wait(2 * limit_s)
        say(f"what was owed then is done after {drained} s")
    report = judge(cloud, load.churn, back)
    return {**report, "kills": 1, "kills_in_flight": int(in_flight >= 5), "owed": len(backlog), "drained_s": drained,
            **within(report, "drained_s", drained, limit_s)}  # fmt: skip


def _start(cloud: Trial) -> None:
    cloud.rabbit.start()
    cloud.rabbit.wait()
