"""noVNC's pages for the console proxy: the machine's own, else Debian's package (250 kB), which would bring node and
numpy along if it were installed."""

from __future__ import annotations

from pathlib import Path

from tools.trial import debs

_INSTALLED = Path("/usr/share/novnc")


def home() -> Path:
    """Where they are, or will be once `fetch` was called."""
    return _INSTALLED if _INSTALLED.is_dir() else debs.place("novnc") / "usr" / "share" / "novnc"


def fetch() -> bool:
    """Have them; false when nobody has the package."""
    return home().is_dir() or (debs.unpacked("novnc", ["novnc"]) is not None and home().is_dir())
