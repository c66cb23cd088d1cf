"""Runs the host's tools: no shell, a fixed search path, a time limit; failures become HostFailure."""

import logging
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from nova_like.model.errors import HostFailure

LOG = logging.getLogger(__name__)
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NEEDED = ("ip", "nft", "dnsmasq", "conntrack")


class Commands:
    """`seconds`: limit of each command."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds

    def require(self) -> None:
        """Raises HostFailure naming the tools that this host lacks."""
        missing = [name for name in NEEDED if shutil.which(name, path=SEARCH_PATH) is None]
        if missing:
            raise HostFailure(f"This host lacks {', '.join(missing)}.", noun="host", retry=False)

    def run(self, argv: Sequence[str], text: str = "", allowed: tuple[int, ...] = (0,)) -> str:
        """Standard output of `argv` fed with `text`. Raises HostFailure for other exit codes than `allowed`."""
        try:
            done = subprocess.run(
                list(argv),
                input=text,
                capture_output=True,
                text=True,
                timeout=self._seconds,
                env={"PATH": SEARCH_PATH, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            raise HostFailure(f"{argv[0]} did not end in {self._seconds:g} s.", noun="host", retry=True) from None
        except OSError as error:
            raise HostFailure(f"{argv[0]} did not start: {error.strerror}.", noun="host", retry=True) from error
        if done.returncode not in allowed:
            LOG.error("%s ended with %d: %s", " ".join(argv), done.returncode, done.stderr.strip()[:2000])
            raise HostFailure(f"{argv[0]} failed on this host.", noun="host", retry=True)
        return done.stdout


def sysctl(name: str, value: str) -> None:
    """Set a kernel parameter (path below /proc/sys) unless it is so already."""
    path = Path("/proc/sys") / name
    try:
        if path.read_text().strip() != value:
            path.write_text(value)
    except OSError as error:
        raise HostFailure(f"The kernel parameter {name} cannot be set: {error.strerror}.", noun="host") from error
