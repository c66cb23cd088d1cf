"""Deadlines of steps: a host is asked once more before what it does counts as failed."""

import pytest

from nova_like.flows.boot import SPAWN_SECONDS
from tests.flows.cloud import LittleCloud, Parcel
from tests.flows.scenarios import boot


def _spawned_unheard(cloud: LittleCloud) -> tuple[str, str]:
    """A boot whose guest runs, and whose scheduler went away before it heard of it; (instance, host)."""
    id = boot(cloud)
    for _ in range(2):
        cloud.settle(lambda bus: [parcel for parcel in bus if not _tells_of_spawn(parcel)], rounds=1)
    cloud.bus.clear()
    return id, cloud.row("instances", id)["host"]


def _tells_of_spawn(parcel: Parcel) -> bool:
    return parcel.method == "answer" and parcel.arguments["answer"]["step"] == "spawn"


@pytest.mark.parametrize("first", ["reports", "sweep"])
def test_the_controller_was_off_past_the_deadline(cloud: LittleCloud, first: str) -> None:
    id, host = _spawned_unheard(cloud)
    cloud.clock.seconds += 700.0
    cloud.start_scheduler()
    if first == "reports":
        cloud.report()
        cloud.settle(rounds=1)
    cloud.clockwork.sweep()
    cloud.report()
    assert cloud.settle()
    row = cloud.row("instances", id)
    assert (row["state"], row["host"], cloud.wrongs()) == ("active", host, [])
    assert sum(line.startswith("compute.destroy") for line in cloud.log) == 0


def test_one_that_never_answers_has_timed_out(cloud: LittleCloud) -> None:
    """It is heard of, hears nothing of this, and is asked in vain after the deadline, too."""
    id = boot(cloud)
    cloud.settle(lambda bus: [parcel for parcel in bus if not _tells_of_spawn(parcel)], rounds=140)
    assert cloud.row("instances", id)["state"] == "building"
    cloud.settle(lambda bus: [parcel for parcel in bus if not _tells_of_spawn(parcel)], rounds=25)
    assert cloud.settle()
    assert any(line.startswith("compute.destroy") for line in cloud.log)
    assert cloud.wrongs() == []


@pytest.mark.parametrize(("seconds", "undone"), [(SPAWN_SECONDS - 60.0, False), (SPAWN_SECONDS + 60.0, True)])
def test_one_that_is_at_work_has_longer(cloud: LittleCloud, seconds: float, undone: bool) -> None:
    boot(cloud)
    started = cloud.clock.seconds
    while cloud.clock.seconds < started + seconds:
        cloud.settle(lambda bus: [_working(parcel) for parcel in bus], rounds=1)
    assert any(line.startswith("compute.destroy") for line in cloud.log) == undone


def _working(parcel: Parcel) -> Parcel:
    """The host's answer as it would be while the image comes slowly."""
    if _tells_of_spawn(parcel) and not parcel.arguments["answer"]["undo"]:
        parcel.arguments["answer"]["state"] = "working"
    return parcel
