"""What the processes of a trial cloud really hold: their Python modules and their memory. The cloud must have been
started with `environment(folder)`."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from tools.trial.processes import until

BANNED = ("sqlalchemy", "alembic", "psycopg2", "eventlet", "greenlet", "nova_like.db", "nova_like.services",
          "nova_like.flows", "nova_like.api", "nova_like.scheduler")  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    """The variables that make daemons tell their modules into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return {"PYTHONPATH": str(Path(__file__).with_name("hook")), "NOVA_LIKE_TELL_MODULES": str(folder)}


def modules(pid: int, folder: Path) -> set[str]:
    """The names of all modules that the running process has loaded by now."""
    told = folder / str(pid)
    told.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR2)
    until(told.exists, 20, f"process {pid} does not tell its modules")
    return set(told.read_text().split())


def banned(loaded: set[str]) -> list[str]:
    """Those that no agent may have."""
    return sorted(one for one in loaded if any(one == name or one.startswith(name + ".") for name in BANNED))


def pss_mib(pid: int) -> float:
    """Memory of a process, its part of shared pages counted."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found, text
    return int(found.group(1)) / 1024


def kill(pid: int) -> None:
    """End a process as a failure would: without a word."""
    os.kill(pid, signal.SIGKILL)
