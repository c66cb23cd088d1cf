"""Worker processes that stand still (W11): replaced, because they give no sign of life."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import sys
from nova_like import concurrency
concurrency.init("threading")
from nova_like.api.common import workers
workers.SILENT_SECONDS = float(sys.argv[1])
def serve(alive, stop):
    while not concurrency.wait(stop, 0.1):
        alive()
workers.Workers(2, serve, lambda: print("ready", flush=True), lambda: None).run()
"""


def _children(pid: int) -> set[int]:
    return {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def _replaced(parent: int, frozen: int, seconds: float) -> bool:
    """Whether the frozen one is gone and two work, within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = _children(parent)
        if frozen not in now and len(now) == 2:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("silent", "replaced", "patience"), [(1.5, True, 20), (1e9, False, 4)], ids=["rule", "rule off"]
)
def test_w11_a_worker_that_stands_still_is_replaced(silent: float, replaced: bool, patience: float) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PARENT, str(silent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "ready\n"
        frozen = min(_children(parent.pid))
        os.kill(frozen, signal.SIGSTOP)
        try:
            assert _replaced(parent.pid, frozen, patience) is replaced
        finally:
            if not replaced:
                os.kill(frozen, signal.SIGCONT)
            parent.terminate()
    assert parent.returncode == 0
