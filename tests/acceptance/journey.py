"""The journey on a real cloud: one cloud with one real guest, which the modules test_guest*.py share in the order of
their names; and what a guest says of itself. Test code."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.acceptance.trial_cloud import TrialCloud
from tools.trial import census
from tools.trial.netns import Namespaces

MARKS = [pytest.mark.root, pytest.mark.guest, pytest.mark.timeout(900)]
GUEST_S = 240  # without KVM a guest boots slowly on a busy machine


@dataclass
class Journey:
    """A cloud with one real host, the machine before it was there, and what tools/up said."""

    cloud: TrialCloud
    before: census.Census
    said: str


def uptime(cloud: TrialCloud, server: str) -> float:
    """Seconds since the guest's kernel started, as the guest says."""
    return float(inside(cloud, server, "cat /proc/uptime").split()[0])


def inside(cloud: TrialCloud, server: str, command: str) -> str:
    """What a command says inside a guest; it must succeed."""
    answer = cloud.ssh(server, command)
    assert answer.ok, answer.error
    return answer.out


def changes(cloud: TrialCloud, before: census.Census) -> list[str]:
    """What is other than before, less the namespaces of other trial clouds and labs, whose names begin with nl too."""
    lines = census.compare(before, census.take(cloud.state))
    ours = Namespaces(cloud.state).prefix
    return [line for line in lines if ours in line or not re.match(r"namespaces: [+-] nl", line)]


def reached(cloud: TrialCloud, server: str) -> None:
    """Wait until the guest answers ssh."""
    cloud.wait(lambda: cloud.ssh(server, "true").ok, f"{server} does not answer ssh", GUEST_S)


def boots(cloud: TrialCloud, server: str) -> int:
    """How many times the guest has come up, by its console."""
    console = cloud.openstack("console", "log", "show", server).splitlines()
    return sum(line.startswith("GUEST") and line.split()[-1] == "UP" for line in console)


def come_up(cloud: TrialCloud, server: str, times: int) -> None:
    """Wait until the console says that the guest has come up so many times."""
    cloud.wait(lambda: boots(cloud, server) == times, f"{server} did not come up {times} times", GUEST_S)
