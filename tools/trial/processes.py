"""Operating system processes: starting them detached, knowing them again, ending them. Never looked up by name."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

_children: dict[int, subprocess.Popen[bytes]] = {}


class Failed(Exception):
    """A part of the trial cloud did not do what was asked; the message is meant for a person."""


def birth(pid: int) -> int | None:
    """Start time of a live process in clock ticks since boot; None when it is gone or only a zombie."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def alive(pid: int) -> bool:
    """True while the process runs; a zombie counts as gone."""
    return birth(pid) is not None


def parent(pid: int) -> int | None:
    """The parent's pid, None when the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def every_pid() -> list[int]:
    """All pids of the machine, as /proc shows them now."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def descendants(pid: int) -> list[int]:
    """Pids of all children, grandchildren and so on, without the process itself."""
    parents = {child: parent(child) for child in every_pid()}
    found: list[int] = []
    wanted = [pid]
    while wanted:
        above = wanted.pop()
        below = [child for child, its_parent in parents.items() if its_parent == above]
        found += below
        wanted += below
    return found


def spawn(argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> int:
    """Start a program in a session of its own, its output appended to the log; returns the pid."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True
        )
    _children[child.pid] = child
    return child.pid


def signal_all(pids: Iterable[int], number: int) -> None:
    """Send a signal to each that still exists."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end(pids: Iterable[int], patience_s: float = 15.0) -> None:
    """TERM, then KILL those that are left after the patience; returns when all are gone."""
    births = {pid: birth(pid) for pid in pids}

    def left() -> list[int]:
        return [pid for pid, born in births.items() if born is not None and birth(pid) == born]

    signal_all(left(), signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while left() and time.monotonic() < deadline:
        time.sleep(0.02)
    signal_all(left(), signal.SIGKILL)
    until(lambda: not left(), 15, f"processes {left()} do not end")


def until(condition: Callable[[], object], limit_s: float, complaint: str, every_s: float = 0.05) -> None:
    """Wait until the condition is true; Failed with the complaint after the limit."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{complaint} (after {limit_s:g} s)")
        time.sleep(every_s)


def run(
    argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None, limit_s: float = 120
) -> str:
    """Run a short command and return its standard output; Failed with its error text when it does not exit 0."""
    try:
        done = subprocess.run(list(argv), capture_output=True, text=True, env=env, cwd=cwd, timeout=limit_s)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{' '.join(argv)}: no end within {limit_s:g} s") from late
    except FileNotFoundError as missing:
        raise Failed(f"{argv[0]}: no such program") from missing
    if done.returncode:
        raise Failed(f"{' '.join(argv)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


class Pidfile:
    """A pid with its birth, so that a number used again by another program is never taken for ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, pid: int) -> None:
        """Remember a process that was just started."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_text(f"{pid} {birth(pid) or 0}\n")
        fresh.replace(self.path)

    def pid(self) -> int | None:
        """The pid when that very process still runs."""
        try:
            pid, born = (int(word) for word in self.path.read_text().split())
        except (OSError, ValueError):
            return None
        return pid if birth(pid) == born else None

    def forget(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
