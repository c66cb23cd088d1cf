"""The fake world's log: whole lines, in order, outliving whoever wrote it."""

import subprocess
import sys
from pathlib import Path

import pytest

from nova_like.fakes import World
from nova_like.model.errors import Invalid


def test_effects_come_back_in_order(tmp_path):
    world = World(tmp_path, "compute")
    world.append("fake-001", "define", instance="a", flow="f")
    world.append("fake-001", "start", instance="a", flow="f")
    world.append("fake-002", "start", instance="b", flow="g")
    assert [line["effect"] for line in World(tmp_path, "compute").replay("fake-001")] == ["define", "start"]
    assert world.hosts() == ["fake-001", "fake-002"]
    assert list(World(tmp_path, "network").replay("fake-001")) == []


def test_kill_9_loses_no_effect(tmp_path):
    code = (
        "import os, signal, sys; from nova_like.fakes import World; w = World(sys.argv[1], 'compute');"
        "[w.append('h', 'start', number=n) for n in range(100)]; os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == -9
    assert [line["number"] for line in World(tmp_path, "compute").replay("h")] == list(range(100))


def test_a_torn_line_is_no_effect_and_spoils_none(tmp_path):
    world = World(tmp_path, "compute")
    world.append("h", "start", number=1)
    with (tmp_path / "compute" / "h.log").open("ab") as file:
        file.write(b'{"effect": "sta')
    again = World(tmp_path, "compute")
    assert [line["number"] for line in again.replay("h")] == [1]
    again.append("h", "stop", number=2)
    assert [line["number"] for line in again.replay("h")] == [1, 2]


def test_many_hosts_share_a_bounded_number_of_files(tmp_path):
    world = World(tmp_path, "compute")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(600):
        world.append(f"h{number}", "start")
    assert len(list(Path("/proc/self/fd").iterdir())) - before <= 512
    world.append("h0", "stop")
    assert [line["effect"] for line in world.replay("h0")] == ["start", "stop"]
    world.close()


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".hidden", "a\0b", "a\n"])
def test_names_never_leave_the_directory(tmp_path, name):
    with pytest.raises(Invalid):
        World(tmp_path, "compute").append(name, "start")


FULL = """
import resource, sys
from nova_like.fakes import World
world = World(sys.argv[1], "compute")
world.append("h", "start", number=1)
size = (world.directory / "h.log").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))
try:
    world.append("h", "start", number=2)
    sys.exit("the second effect was taken for written")
except OSError:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
world.append("h", "start", number=3)
"""


def test_an_effect_that_the_disk_had_no_room_for_has_not_happened(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [line["number"] for line in World(tmp_path, "compute").replay("h")] == [1, 3]
