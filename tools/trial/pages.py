"""noVNC's pages for the console proxy: the machine's own, else Debian's package (250 kB), unpacked into the cache. It
is never installed: it would bring node and numpy along."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from tools.trial import packages
from tools.trial.guest import DEFAULT_CACHE
from tools.trial.processes import Failed, run

_INSTALLED = Path("/usr/share/novnc")
_CACHE = DEFAULT_CACHE / "novnc"


def home() -> Path:
    """Where they are, or will be once `fetch` was called."""
    return _INSTALLED if _INSTALLED.is_dir() else _CACHE / "usr" / "share" / "novnc"


def fetch() -> bool:
    """Have them; false when nobody has the package."""
    if home().is_dir():
        return True
    _CACHE.parent.mkdir(parents=True, exist_ok=True)
    with _CACHE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for refresh in (False, True):
            try:
                if refresh:
                    packages.refresh()
                return home().is_dir() or _unpack()
            except Failed:
                continue
    return False


def _unpack() -> bool:
    work = _CACHE.with_suffix(".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    run(["apt-get", "-q", "download", "novnc"], cwd=work, limit_s=300)
    (package,) = work.glob("novnc_*.deb")
    run(["dpkg", "-x", str(package), str(work)])
    package.unlink()
    shutil.rmtree(_CACHE, ignore_errors=True)
    work.rename(_CACHE)
    return home().is_dir()
