"""A suite's own virtual environment, apart from the project's, whose pins it need not share. It knows no cloud."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from tools.trial.processes import run

HERE = Path(__file__).parent


def environment(root: Path, suite: str) -> Path:
    """A directory below `.venv-SUITE` with what SUITE.txt names, made anew when it was made of something else."""
    home = (root / f".venv-{suite}").resolve()
    home.mkdir(exist_ok=True)
    wanted = HERE / f"{suite}.txt"
    # the scripts of an environment name its path
    made_of = hashlib.sha256(f"{sys.version_info[:2]} {home}\n".encode() + wanted.read_bytes()).hexdigest()
    venv = home / made_of[:16]
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / "made").exists():
            for old in home.glob("*/"):
                shutil.rmtree(old)
            run([sys.executable, "-m", "venv", str(venv)], limit_s=300)
            pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            run([*pip, "-r", str(wanted)], limit_s=1200)
            (venv / "made").touch()
    return venv
