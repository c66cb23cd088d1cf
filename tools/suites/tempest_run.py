"""Running tempest, or a package of tests in its manner, in a directory of its own, with its own configuration, and
reading what came of it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.suites.outcome import Outcome, judge
from tools.trial.processes import Failed

READER = Path(__file__).with_name("read_subunit.py")
PACKAGES = ("tempest", "keystone_tempest_plugin")
TEST_LIMIT_S = 900  # of one test on a busy machine


@dataclass(frozen=True)
class Package:
    """What holds the tests: its name, where below it they are found, what their modules are named from (below
    the place of installed packages), and the variables that name its configuration."""

    name: str = "tempest"
    below: str = "test_discover"
    top: str = "tempest"
    file: str = "TEMPEST_CONFIG"
    directory: str = "TEMPEST_CONFIG_DIR"


TEMPEST = Package()


class Tempest:
    """One workspace below `home`."""

    def __init__(self, venv: Path, home: Path, conf: str, package: Package = TEMPEST) -> None:
        self._bin, self._home, self._package = venv / "bin", home, package
        for name in ("logs", "locks", "etc"):
            (home / name).mkdir(parents=True, exist_ok=True)
        config = home / "etc" / f"{package.name}.conf"
        config.touch(mode=0o600)
        config.write_text(conf)
        self._write_stestr(next(venv.glob("lib/python3*/site-packages")))
        self._env = {
            **os.environ,
            package.file: config.name,
            package.directory: str(config.parent),
            "OS_TEST_TIMEOUT": str(TEST_LIMIT_S),
            "PYTHONWARNINGS": "ignore",
            "PATH": f"{self._bin}:{os.environ.get('PATH', '')}",
        }
        if not (home / ".stestr").exists():
            self._stestr("init")

    def _write_stestr(self, installed: Path) -> None:
        found_in = installed / self._package.name / self._package.below
        lines = ["[DEFAULT]", f"test_path={found_in}", f"top_dir={installed / self._package.top}",
                 r"group_regex=([^\.]*\.)*", ""]  # fmt: skip
        (self._home / ".stestr.conf").write_text("\n".join(lines))

    def listed(self, regex: str) -> list[str]:
        """The ids of the tests that the regex finds. Raises Failed when there is none."""
        done = self._stestr("list", regex)
        names = PACKAGES if self._package == TEMPEST else (self._package.name,)
        found = [line for line in done.stdout.decode().splitlines() if line.partition(".")[0] in names]
        if not found:
            raise Failed(
                f"{self._package.name} has no test like {regex}: {(done.stdout + done.stderr).decode()[-2000:]}"
            )
        return found

    def run(self, regex: str, workers: int) -> list[Outcome]:
        """Run them, and tell of each."""
        listed = self.listed(regex)
        with (self._home / "stream").open("wb") as out:
            self._stestr("run", "--subunit", "--concurrency", str(workers), regex, out=out)
        return judge(listed, self._read())

    def _read(self) -> list[tuple[str, str, str]]:
        with (self._home / "stream").open("rb") as stream:
            done = subprocess.run(
                [str(self._bin / "python"), str(READER)], stdin=stream, capture_output=True, check=False
            )
        if done.returncode:
            raise Failed(f"the stream of results cannot be read: {(done.stdout + done.stderr).decode()[-2000:]}")
        return [(test, status, words) for test, status, words in json.loads(done.stdout)]

    def _stestr(self, *words: str, out: object = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # type: ignore[call-overload]
            [str(self._bin / "stestr"), *words],
            cwd=self._home,
            env=self._env,
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
