"""Debian packages that are only unpacked, into the cache, and never installed: what they would bring along, or start,
stays away."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.trial import packages
from tools.trial.guest import DEFAULT_CACHE
from tools.trial.processes import Failed, run


def place(name: str) -> Path:
    """Where `unpacked` puts what it calls so."""
    return DEFAULT_CACHE / name


def unpacked(name: str, wanted: Sequence[str], along: bool = False) -> Path | None:
    """The root of these packages' files, fetched the first time; None when they are not to be had. What they depend on
    and the machine does not have comes `along` when asked for."""
    root = place(name)
    root.parent.mkdir(parents=True, exist_ok=True)
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for refresh in (False, True):
            if root.is_dir():
                return root
            try:
                if refresh:
                    packages.refresh()
                _fetch(root, [*wanted, *_lacking(wanted)] if along else wanted)
            except Failed:
                continue
    return root if root.is_dir() else None


def _fetch(root: Path, wanted: Sequence[str]) -> None:
    work = root.with_suffix(".new")
    shutil.rmtree(work, ignore_errors=True)
    (work / "debs").mkdir(parents=True)
    run(["apt-get", "-q", "download", *wanted], cwd=work / "debs", limit_s=300)
    for package in (work / "debs").glob("*.deb"):
        run(["dpkg", "-x", str(package), str(work)])
    shutil.rmtree(work / "debs")
    work.rename(root)


def _lacking(wanted: Sequence[str]) -> list[str]:
    """What apt would install besides."""
    said = run(["apt-get", "-q", "-s", "--no-install-recommends", "install", *wanted])
    names = [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]
    return [name for name in names if name not in wanted]
