"""One line per stage with its seconds, for a person who waits."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TextIO


class Progress:
    """Prints stages as they end; ``started`` is a monotonic time, kept when the program starts itself anew."""

    def __init__(self, started: float | None = None, out: TextIO | None = None) -> None:
        self.started = time.monotonic() if started is None else started
        self._out = out or sys.stdout

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Callable[[str], None]]:
        """``with progress.stage("broker") as note: ... note("already running")``."""
        began = time.monotonic()
        notes: list[str] = []
        try:
            yield notes.append
        except BaseException:
            self.line(f"{name:<12} FAILED {time.monotonic() - began:6.1f} s")
            raise
        self.line(f"{name:<12} {time.monotonic() - began:6.1f} s  {', '.join(notes)}".rstrip())

    def line(self, text: str) -> None:
        """Print at once."""
        print(text, file=self._out, flush=True)

    def total(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started
