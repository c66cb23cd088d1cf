"""The end of the journey on a real cloud: what its daemons hold, what restarts them, and what `tools/down` leaves."""

from __future__ import annotations

import pytest

from tests.acceptance import loaded
from tests.acceptance.journey import MARKS, Journey, changes, uptime

pytestmark = MARKS


@pytest.mark.parametrize("agent", ["compute-c1", "network-c1", "volume"])
def test_agents_with_real_drivers_hold_no_controller(journey: Journey, agent: str) -> None:
    names = loaded.modules(journey.cloud.pids()[agent], journey.cloud.told)
    assert "oslo_messaging" in names and loaded.banned(names) == []


def test_what_dies_is_restarted_and_the_guest_lives_on(journey: Journey) -> None:
    cloud = journey.cloud
    before, seconds = cloud.pids(), uptime(cloud, "first")
    killed = {name: before[name] for name in ("compute-c1", "network-c1")}
    for pid in killed.values():
        loaded.kill(pid)

    def came_back() -> bool:
        now = cloud.pids()
        return all(now.get(name, pid) != pid for name, pid in killed.items())

    cloud.wait(came_back, "the agents do not come back")
    cloud.up()
    assert uptime(cloud, "first") > seconds
    assert cloud.server("first")["status"] == "ACTIVE"


def test_down_leaves_nothing(journey: Journey) -> None:
    cloud = journey.cloud
    assert changes(cloud, journey.before) != [], "the census sees a cloud"
    cloud.down()
    assert changes(cloud, journey.before) == []
    assert (cloud.state / "logs" / "api.log").stat().st_size > 0, "files stay until --purge"
