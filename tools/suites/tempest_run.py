"""Running tempest in a directory of its own, with its own configuration, and reading what came of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tools.suites.outcome import Outcome, judge
from tools.trial.processes import Failed

READER = Path(__file__).with_name("read_subunit.py")
PACKAGES = ("tempest", "keystone_tempest_plugin")
TEST_LIMIT_S = 900  # of one test on a busy machine


class Tempest:
    """One workspace below `home`."""

    def __init__(self, venv: Path, home: Path, conf: str) -> None:
        self._bin, self._home = venv / "bin", home
        for name in ("logs", "locks", "etc"):
            (home / name).mkdir(parents=True, exist_ok=True)
        config = home / "etc" / "tempest.conf"
        config.touch(mode=0o600)
        config.write_text(conf)
        package = next(venv.glob("lib/python3*/site-packages/tempest"))
        self._write_stestr(package)
        self._env = {
            **os.environ,
            "TEMPEST_CONFIG": config.name,
            "TEMPEST_CONFIG_DIR": str(config.parent),
            "OS_TEST_TIMEOUT": str(TEST_LIMIT_S),
            "PYTHONWARNINGS": "ignore",
            "PATH": f"{self._bin}:{os.environ.get('PATH', '')}",
        }
        if not (home / ".stestr").exists():
            self._stestr("init")

    def _write_stestr(self, package: Path) -> None:
        lines = ["[DEFAULT]", f"test_path={package / 'test_discover'}", f"top_dir={package}",
                 r"group_regex=([^\.]*\.)*", ""]  # fmt: skip
        (self._home / ".stestr.conf").write_text("\n".join(lines))

    def listed(self, regex: str) -> list[str]:
        """The ids of the tests that the regex finds. Raises Failed when there is none."""
        done = self._stestr("list", regex)
        found = [line for line in done.stdout.decode().splitlines() if line.partition(".")[0] in PACKAGES]
        if not found:
            raise Failed(f"tempest has no test like {regex}: {(done.stdout + done.stderr).decode()[-2000:]}")
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
