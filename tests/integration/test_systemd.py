"""The shipped units under a real systemd: ready when serving, one socket for all API services, killed and started anew
when a daemon hangs, ended in good order."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import systemd_lab
from tools.trial.processes import until

API = "nova-like-api@1.service"
SECOND = "nova-like-api@2.service"
SOCKET = "nova-like-api.socket"
SCHEDULER = "nova-like-scheduler.service"
CONFIG = """\
[DEFAULT]
host = c1
[api]
public_url = http://127.0.0.1:8774
[database]
url = sqlite:////var/lib/nova-like/nova-like.sqlite
[bus]
url = rabbit://nobody:none@127.0.0.1:9/none
master_key_file = /etc/nova-like/master.key
[images]
link_key = 0123456789abcdef
"""
ASK = ["python3", "-c", "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8774/', timeout=20).status)"]


@pytest.fixture(scope="module")
def machine() -> Iterator[systemd_lab.Machine]:
    if os.geteuid():
        pytest.skip("needs root")
    with tempfile.TemporaryDirectory(prefix="nl-systemd-") as place, systemd_lab.machine(Path(place)) as made:
        made.boot([SOCKET, API, SECOND], {"etc/nova-like/nova-like.conf": CONFIG, "etc/nova-like/master.key": "k" * 64})
        _until_state(made, API, "active")
        _until_state(made, SECOND, "active")
        yield made


def _until_state(machine: systemd_lab.Machine, unit: str, state: str) -> None:
    try:
        until(lambda: machine.show(unit, "ActiveState") == state, 60, f"{unit} does not get {state}", every_s=0.2)
    except Exception as late:
        raise AssertionError(f"{late}; {machine.show(unit, 'ActiveState')}\n{machine.log()}") from None


def test_ready_is_when_it_serves(machine) -> None:
    assert machine.show(API, "StatusText") == "serving"
    assert machine.run(*ASK).stdout.strip() in ("200", "300")
    pid = machine.show(API, "MainPID")
    status = machine.run("cat", f"/proc/{pid}/status").stdout
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split()[0] != "0"
    assert (facts["CapBnd"], facts["NoNewPrivs"], facts["Seccomp"]) == ("0000000000000000", "1", "2")


def test_the_socket_is_open_while_no_service_is(machine) -> None:
    before = machine.show(SOCKET, "NAccepted")
    for unit in (API, SECOND):
        assert machine.run("systemctl", "restart", "--no-block", unit).returncode == 0
    assert machine.run(*ASK).stdout.strip() in ("200", "300")
    assert machine.show(SOCKET, "ActiveState") == "active" and before == machine.show(SOCKET, "NAccepted")
    for unit in (API, SECOND):
        _until_state(machine, unit, "active")


def test_one_that_hangs_is_killed_and_started_anew(machine) -> None:
    pid = machine.show(SECOND, "MainPID")
    assert machine.run("kill", "-STOP", pid).returncode == 0
    begun = time.monotonic()
    until(lambda: machine.show(SECOND, "MainPID") not in ("0", pid), 30, "it hangs on", every_s=0.2)
    assert time.monotonic() - begun < 40
    _until_state(machine, SECOND, "active")
    assert machine.show(SECOND, "NRestarts") == "1"
    assert machine.run(*ASK).stdout.strip() in ("200", "300")


def test_it_ends_in_good_order(machine) -> None:
    begun = time.monotonic()
    assert machine.run("systemctl", "stop", API, SECOND).returncode == 0
    assert time.monotonic() - begun < 40
    for unit in (API, SECOND):
        assert (machine.show(unit, "ActiveState"), machine.show(unit, "Result")) == ("inactive", "success")
    assert machine.show(API, "ExecMainStatus") == "0"


def test_a_scheduler_that_waits_is_not_killed_and_ends_when_told(machine) -> None:
    """It has no database yet: not ready, hence without watchdog, for as long as it takes."""
    assert machine.run("systemctl", "start", "--no-block", SCHEDULER).returncode == 0
    until(lambda: "waiting for the database" in machine.log(), 40, "it does not wait", every_s=0.5)
    assert machine.show(SCHEDULER, "ActiveState") == "activating"
    assert machine.show(SCHEDULER, "TimeoutStartUSec") == "infinity"
    begun = time.monotonic()
    assert machine.run("systemctl", "stop", SCHEDULER).returncode == 0
    assert time.monotonic() - begun < 40
    assert (machine.show(SCHEDULER, "ActiveState"), machine.show(SCHEDULER, "Result")) == ("inactive", "success")
