"""The programs themselves, as the supervisor sees them: with the broker away they wait, and still end when told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", ["network", "volume"])
def test_an_agent_ends_although_the_broker_is_away(kind: str, tmp_path: Path) -> None:
    key, config, log = tmp_path / "key", tmp_path / "conf", tmp_path / "log"
    key.write_text("0123456789abcdef")
    config.write_text(
        f"[DEFAULT]\nhost = h1\nstate_path = {tmp_path}\n[{kind}]\ndriver = fake\n"
        f"[bus]\nurl = rabbit://u:p@127.0.0.1:1/\nagent_key_file = {key}\n"
    )
    argv = [sys.executable, str(ROOT / "bin" / f"nova-like-{kind}"), "--config-file", str(config)]
    with log.open("w") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=out, cwd="/", env=dict(os.environ, PYTHONPATH=""))
    try:
        deadline = time.monotonic() + 60
        while "Connection" not in log.read_text() and "ECONNREFUSED" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
