"""The unmodified `openstack` and `aws` commands from PyPI, in an environment apart from the project's, whose pins they
need not share. It knows no cloud."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from tools.trial.processes import run

REQUIREMENTS = Path("tests") / "acceptance" / "clients.txt"


def environment(root: Path) -> Path:
    """The virtual environment below `.venv-clients`, made when there is none of these very requirements."""
    home = root / ".venv-clients"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want it first
        venv = home / _fingerprint(root)
        if not (venv / "made").exists():
            for old in home.glob("*/"):
                shutil.rmtree(old)
            _make(venv, root / REQUIREMENTS)
            (venv / "made").touch()
    return venv


def program(root: Path, name: str) -> str:
    """The path of `openstack` or `aws`."""
    return str(environment(root) / "bin" / name)


def _make(venv: Path, requirements: Path) -> None:
    run([sys.executable, "-m", "venv", str(venv)], limit_s=300)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run([*pip, "-r", str(requirements)], limit_s=1200)


def _fingerprint(root: Path) -> str:
    # the scripts of an environment name its path
    text = f"{sys.version_info[:2]} {root}\n".encode() + (root / REQUIREMENTS).read_bytes()
    return hashlib.sha256(text).hexdigest()[:16]
