"""What the agents' running processes have loaded after they have worked, and the memory that they take."""

import pytest

from tests.acceptance import loaded
from tests.acceptance.trial_cloud import TrialCloud

AGENTS = ("compute", "network", "volume")
COMPUTE_MIB = 45


@pytest.fixture(scope="module")
def worked(fake_cloud: TrialCloud) -> TrialCloud:
    """The cloud after every agent has done each kind of its work."""
    words = ["--image", "guest", "--flavor", "m1.nano", "--network", "flat", "--wait"]
    fake_cloud.openstack("server", "create", *words, "worked")
    fake_cloud.openstack("server", "reboot", "--hard", "--wait", "worked")
    fake_cloud.openstack("console", "log", "show", "worked")
    fake_cloud.openstack("server", "delete", "--wait", "worked")
    fake_cloud.openstack("volume", "create", "--size", "1", "worked")
    fake_cloud.wait(
        lambda: fake_cloud.openstack_json("volume", "show", "worked")["status"] == "available", "no volume is made"
    )
    fake_cloud.openstack("volume", "delete", "worked")
    return fake_cloud


@pytest.mark.parametrize("agent", AGENTS)
def test_agents_hold_no_controller(worked: TrialCloud, agent: str) -> None:
    names = loaded.modules(worked.pids()[agent], worked.told)
    assert f"nova_like.cmd.{agent}" in names and "oslo_messaging" in names, "these are the agent's own modules"
    assert loaded.banned(names) == []


def test_the_check_sees_what_it_looks_for(worked: TrialCloud) -> None:
    names = loaded.modules(worked.pids()["scheduler-1"], worked.told)
    assert {"sqlalchemy", "nova_like.flows", "nova_like.db"} <= set(loaded.banned(names))


def test_the_compute_agent_is_small(worked: TrialCloud, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {name: round(loaded.pss_mib(pid), 1) for name, pid in worked.pids().items() if name != "supervisor"}
    with capsys.disabled():
        print(f"\nPSS in MiB: {sizes}")
    assert sizes["compute"] <= COMPUTE_MIB
