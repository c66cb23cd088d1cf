"""The units in etc/systemd: systemd has nothing to say against them, they are closed in, and they are all there."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "etc" / "systemd"
SERVICES = ["nova-like-api@.service", *(f"nova-like-{kind}.service" for kind in
                                        ("console", "scheduler", "compute", "network", "volume"))]  # fmt: skip
AS_ROOT = {"nova-like-compute.service", "nova-like-network.service"}
MOST_EXPOSED = 3.0
PROGRAMS = "/opt/nova-like/bin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The units as on a machine that has the programs."""
    place = tmp_path_factory.mktemp("units")
    shutil.copytree(UNITS, place / "systemd")
    for name in ("api", "console", "scheduler", "compute", "network", "volume"):
        program = place / "bin" / f"nova-like-{name}"
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/true\n")
        program.chmod(0o755)
    for unit in (place / "systemd").glob("*.service"):
        unit.write_text(unit.read_text().replace(PROGRAMS, str(place / "bin")))
    return place / "systemd"


def _analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=120)


def test_systemd_finds_no_fault(installed) -> None:
    units = [str(installed / name) for name in (*SERVICES, "nova-like-api.socket", "nova-like.target")]
    done = _analyze("verify", "--recursive-errors=yes", *units)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fault_would_be_found(installed, tmp_path) -> None:
    wrong = tmp_path / "wrong.service"
    wrong.write_text((installed / SERVICES[1]).read_text().replace("[Service]", "[Service]\nProtectsystem=yes"))
    assert _analyze("verify", "--recursive-errors=yes", str(wrong)).returncode != 0


@pytest.mark.parametrize("name", SERVICES)
def test_S44_daemons_are_closed_in(installed, name) -> None:
    done = _analyze("security", "--offline=true", "--no-pager", str(installed / name))
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)[1])
    assert exposure <= MOST_EXPOSED, done.stdout
    assert ("runs as root" in done.stdout) == (name in AS_ROOT)
    for setting in ("NoNewPrivileges", "MemoryDenyWriteExecute", "ProtectSystem", "SystemCallArchitectures"):
        assert re.search(rf"✓.*{setting}=", done.stdout), setting


@pytest.mark.parametrize("name", sorted(AS_ROOT))
def test_S44_root_is_said_why(name) -> None:
    assert (UNITS / f"{name}.d" / "20-root.conf").read_text().startswith("# Root, because ")


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_started_with_the_target_and_ends_with_it(name) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(UNITS / name)
    assert (unit["Install"]["WantedBy"], unit["Unit"]["PartOf"]) == ("nova-like.target", "nova-like.target")
    command = unit["Service"]["ExecStart"].split()
    program = Path(command[0])
    assert f"{program.name} = " in (ROOT / "setup.cfg").read_text()
    assert command[1] == "--config-file" and command[2].startswith("/etc/nova-like/")


def test_the_watchdog_is_quicker_than_fifteen_seconds() -> None:
    common = (UNITS / "nova-like-.service.d" / "10-common.conf").read_text()
    assert int(re.search(r"^WatchdogSec=(\d+)$", common, re.MULTILINE)[1]) < 15
    assert "WatchdogSignal=SIGKILL" in common and "Type=notify" in common
