"""tools/up and tools/down as a person calls them, with fake hosts: separate processes on real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.trial import census, cloud
from tools.trial.postgres import Postgres
from tools.trial.processes import Pidfile, until
from tools.trial.rabbit import Rabbit

ROOT = Path(__file__).resolve().parents[2]
FAKE = ["--hypervisor", "fake", "--hosts", "3", "--schedulers", "2", "--api-workers", "2"]
pytestmark = pytest.mark.root


def tool(name: str, state: Path, *words: str) -> str:
    argv = [sys.executable, str(ROOT / "tools" / name), "--state", str(state), *words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="nl-up-") as path:
        yield Path(path)
        tool("down", Path(path))


def pids(state: Path) -> dict[str, int | None]:
    found = {path.stem: Pidfile(path).pid() for path in (state / "run").glob("*.pid")}
    return found | {"rabbit": Rabbit(state / "rabbit").pid, "postgres": Postgres(state / "postgres").pid}


def test_up_twice_after_deaths_and_down(state: Path) -> None:
    before = census.take(state)
    tool("up", state, *FAKE)
    first = pids(state)
    daemons = {"api", "scheduler-1", "scheduler-2", "compute", "network", "volume", "supervisor"}
    assert set(first) == daemons | {"rabbit", "postgres"} and all(first.values())
    made = cloud.open_state(state)
    assert len(made.client("admin").get("/compute/v2.1/os-hypervisors")["hypervisors"]) == 3
    files = {path: path.read_text() for path in (state / "etc").iterdir()}

    assert "daemons" in tool("up", state)
    assert pids(state) == first
    assert {path: path.read_text() for path in (state / "etc").iterdir()} == files

    for victim in ("supervisor", "compute", "rabbit", "postgres"):
        os.kill(first[victim] or 0, signal.SIGKILL)
    until(lambda: not pids(state)["postgres"], 20, "the victims do not die")
    tool("up", state)
    again = pids(state)
    assert all(again.values())
    assert {name for name in first if again[name] != first[name]} == {"supervisor", "compute", "rabbit", "postgres"}

    tool("down", state)
    assert census.ours(state) == {}
    lines = census.compare(before, census.take(state))
    assert [line for line in lines if str(state) in line or made.spaces.prefix in line] == []


def test_two_at_once_on_one_state_are_refused(state: Path) -> None:
    import fcntl

    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        argv = [sys.executable, str(ROOT / "tools/up"), "--state", str(state), *FAKE]
        refused = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 1 and "another tools/up" in refused.stderr
    assert census.ours(state) == {}
