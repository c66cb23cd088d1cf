"""Nova's failure windows (W of RELIABILITY), each as a check that gives complaints: none, and some as soon as the rule
that closes the window is switched off. W9 is in tests/integration/test_edge_postgres.py, W10 in test_bus.py there, W11
in tests/unit/api/test_workers.py and tools/chaos freeze; W12's load is in tools/chaos herd.
"""

import contextlib
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from nova_like import concurrency
from nova_like.db import audit
from nova_like.flows import tombstones
from nova_like.model.orders import HostReport
from nova_like.scheduler.reports import Reports
from tests.flows.cloud import CTX, Crash, LittleCloud, Parcel
from tests.flows.scenarios import boot, instances
from tests.simulation import mutants

AGENTS = ("compute", "network", "volume")
FINAL = ("active", "error", "deleted")


def w1(cloud: LittleCloud) -> list[str]:
    """All messages are lost for 30 s, one of five for ever: every boot reaches its end."""
    ids, chance = [boot(cloud) for _ in range(5)], concurrency.chance()
    until = cloud.clock.seconds + 30.0

    def carry(bus: list[Parcel]) -> list[Parcel]:
        return [parcel for parcel in bus if cloud.clock.seconds >= until and chance.random() > 0.2]

    cloud.settle(carry)
    states = [cloud.row("instances", id)["state"] for id in ids]
    return [f"an instance is {state}" for state in states if state not in FINAL] or cloud.wrongs()


def w2(cloud: LittleCloud) -> list[str]:
    """A compute agent is off for ten minutes; what was sent to it meanwhile, and deleted, is not carried out later."""
    id = boot(cloud)
    late: list[Parcel] = []

    def hold(bus: list[Parcel]) -> list[Parcel]:
        late.extend(parcel for parcel in bus if parcel.to == "compute")
        return [parcel for parcel in bus if parcel.to != "compute"]

    for _ in range(6):
        cloud.settle(hold, rounds=1)
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(600.0)
    cloud.cut.discard(host)
    cloud.start_agent("compute")
    for parcel in late:
        cloud.deliver(parcel)
    spawned = [line for line in (cloud.path / "world").rglob("*") if line.is_file() and id in line.read_text()
               and '"start"' in line.read_text()]  # fmt: skip
    cloud.settle()
    return [f"a zombie was spawned: {path.name}" for path in spawned] + ([] if late else ["nothing was sent"])


def w3(cloud: LittleCloud) -> list[str]:
    """A delete at each moment of a boot leaves nothing."""
    for moment in [*range(12)] * 3:
        id = boot(cloud)
        for _ in range(moment):
            if cloud.bus:
                cloud.deliver(cloud.bus.pop(concurrency.chance().randrange(len(cloud.bus))))
        instances(cloud).delete(CTX, id)
        at_rest, state = cloud.settle(rounds=60), cloud.row("instances", id)["state"]
        if not at_rest or state != "deleted":
            return [f"deleted after {moment} messages: {state}, at rest: {at_rest}"]
    return cloud.wrongs()


def w4(cloud: LittleCloud) -> list[str]:
    """A delete on a host that is down: 10 s after its return there is nothing of it."""
    id = boot(cloud)
    cloud.settle()
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(60.0)
    cloud.bring_back(host)
    cloud.let_pass(8.0)
    return cloud.wrongs()


def w6(cloud: LittleCloud) -> list[str]:
    """A process dies around every commit of a boot that is called off: hosts, quota and addresses count what rows
    hold."""
    found = []
    for number in range(1, 9):
        for phase in ("before", "after"):
            id = boot(cloud)
            _die_once(cloud, cloud.commits + number, phase)
            cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "compute"], rounds=number)
            _delete(cloud, id)
            cloud.settle()
            found += cloud.database.transact(audit.discrepancies)
    return found + cloud.wrongs()


def _delete(cloud: LittleCloud, id: str) -> None:
    """The client asks once more when the API died over its request."""
    try:
        instances(cloud).delete(CTX, id)
    except Crash:
        instances(cloud).delete(CTX, id)


def _die_once(cloud: LittleCloud, commit: int, phase: str) -> None:
    left = [True]

    def die(number: int, now: str) -> None:
        if left and number >= commit and now == phase:
            left.clear()
            raise Crash

    cloud.on_commit = die


def w12(cloud: LittleCloud) -> list[str]:
    """A thousand hosts that report at once are written in one transaction."""
    boots = [HostReport("compute", f"n{number}", "a-many", "b") for number in range(1000)]
    before = cloud.commits
    cloud.reports.hosts(CTX, boots, sender="a-many")
    cloud.reports.flush()
    used = cloud.commits - before
    return [f"{used} transactions for 1000 reports"] if used > 3 else []


def one_by_one() -> Any:
    """Each report is a transaction."""
    write = Reports._write
    return mock.patch.object(Reports, "_write", lambda self, rows: [write(self, [row]) for row in rows])


def no_tombstone() -> Any:
    """What is left on a host that is away is forgotten."""
    return mock.patch.object(tombstones, "raise_stone", lambda tx, starter, ctx, stone: None)


WINDOWS: dict[str, tuple[Callable[[LittleCloud], list[str]], Callable[[], Any]]] = {
    "W1": (w1, mutants.no_resend), "W2": (w2, mutants.no_boot_id_check), "W3": (w3, mutants.delete_asks_nobody),
    "W4": (w4, no_tombstone), "W6": (w6, mutants.claim_kept), "W12": (w12, one_by_one),
}  # fmt: skip


def _complaints(path: Any, name: str, rule: Any) -> list[str]:
    cloud = LittleCloud(path)
    try:
        with rule:
            return WINDOWS[name][0](cloud)
    finally:
        cloud.close()


@pytest.mark.parametrize("name", WINDOWS)
def test_the_window_is_closed(tmp_path: Any, name: str) -> None:
    assert _complaints(tmp_path, name, contextlib.nullcontext()) == []


@pytest.mark.parametrize("name", WINDOWS)
def test_it_is_open_without_its_rule(tmp_path: Any, name: str) -> None:
    assert _complaints(tmp_path, name, WINDOWS[name][1]()) != []
