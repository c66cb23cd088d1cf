"""The supervisor of one trial cloud's daemons: starts what DIR/processes.json lists and restarts what dies. SIGHUP
makes it read the list again, SIGTERM makes it end them all and then itself. A file DIR/run/NAME.hold keeps NAME down
once it has died. As systemd does, it holds listening sockets and kills what has told it to be ready and then gives no
sign of life. It can be killed and started anew: processes that still run are adopted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.trial import doors
from tools.trial.layout import ROOT, Layout
from tools.trial.netns import inside
from tools.trial.processes import Pidfile, birth, descendants, end, signal_all

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 10.0
AT_ONCE_S = 5.0  # who dies sooner than this after its start has failed to start
PATIENCE_S = 15.0
LATE_S = 2.0  # a supervisor that was held up for longer itself blames nobody for it
_TURN_S = 0.1


@dataclass(frozen=True)
class Entry:
    """One line of processes.json; ``fingerprint`` changes with the configuration file and so causes a restart.
    ``listen`` is HOST:PORT of a socket that the supervisor holds; ``watchdog_s`` is WatchdogSec, 0 for none."""

    name: str
    argv: tuple[str, ...]
    netns: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    fingerprint: str = ""
    listen: str = ""
    watchdog_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """For processes.json."""
        return {
            "name": self.name,
            "argv": list(self.argv),
            "netns": self.netns,
            "env": dict(self.env),
            "fingerprint": self.fingerprint,
            "listen": self.listen,
            "watchdog_s": self.watchdog_s,
        }


def read(path: Path) -> list[Entry]:
    """The listed processes."""
    listed = json.loads(path.read_text())["processes"]
    return [
        Entry(
            item["name"],
            tuple(item["argv"]),
            item.get("netns"),
            tuple(sorted(item.get("env", {}).items())),
            item.get("fingerprint", ""),
            item.get("listen", ""),
            item.get("watchdog_s", 0.0),
        )
        for item in listed
    ]


class Watched:
    """One process: its pid, when it may start again, and its readiness as it tells by sd_notify."""

    def __init__(self, layout: Layout, entry: Entry, held: doors.Doors) -> None:
        self.entry = entry
        self._layout, self._doors = layout, held
        self._pidfile = Pidfile(layout.pidfile(entry.name))
        self._hold = layout.run / f"{entry.name}.hold"
        self._ready = layout.run / f"{entry.name}.ready"
        self._notify = _listen(layout.run / f"{entry.name}.notify")
        self._child: subprocess.Popen[bytes] | None = None
        self._started = self._due = self._turned = 0.0
        self._orphans: dict[int, tuple[int | None, float]] = {}  # pid -> (its birth, when it is killed)
        self._heard: float | None = None  # when it last gave a sign of life, once it is ready
        self._delay = FIRST_DELAY_S
        self._running = self._pidfile.pid() is not None

    @property
    def pid(self) -> int | None:
        """None when it does not run."""
        return self._pidfile.pid()

    def turn(self, now: float) -> None:
        """Notice a death, start when it is due and not held."""
        self._hear(now)
        self._end_orphans(now)
        if self._child is not None:
            self._child.poll()  # takes away the zombie
        if self.pid is not None:
            self._watch(now)
            return
        if self._running:
            self._died(now)
        if now >= self._due and not self._hold.exists():
            self._start(now)

    def close(self) -> None:
        """Forget it after its end."""
        if self._child is not None:
            self._child.wait()
        self._notify.close()
        for path in (self._ready, self._layout.run / f"{self.entry.name}.notify"):
            path.unlink(missing_ok=True)
        self._pidfile.forget()

    def _watch(self, now: float) -> None:
        if now - self._turned > LATE_S and self._heard is not None:
            self._heard = now
        self._turned = now
        if self.entry.watchdog_s and self._heard is not None and now - self._heard > self.entry.watchdog_s:
            say(f"{self.entry.name} has given no sign of life for {self.entry.watchdog_s:g} s: killed")
            pid = self._pidfile.pid()
            if pid:
                children = descendants(pid)
                signal_all([pid], signal.SIGKILL)
                signal_all(children, signal.SIGTERM)
                self._orphans |= {child: (birth(child), now + PATIENCE_S) for child in children}
            self._heard = None

    def _end_orphans(self, now: float) -> None:
        """The children of what was killed may finish what they have in hand, for a while."""
        for pid, (born, ends) in list(self._orphans.items()):
            if now > ends:
                signal_all([pid] if birth(pid) == born else [], signal.SIGKILL)
                del self._orphans[pid]

    def _died(self, now: float) -> None:
        killed = self._child is not None and self._child.returncode == -signal.SIGKILL
        at_once = now - self._started < AT_ONCE_S and not killed
        self._delay = min(2 * self._delay, LONGEST_DELAY_S) if at_once else FIRST_DELAY_S
        self._due = now + self._delay
        self._running = False
        self._ready.unlink(missing_ok=True)
        status = self._child.returncode if self._child else "unknown"
        say(f"{self.entry.name} ended (status {status}), next start in {self._delay:g} s")

    def _start(self, now: float) -> None:
        self._ready.unlink(missing_ok=True)
        environment = {**os.environ, **dict(self.entry.env)}
        environment["NOTIFY_SOCKET"] = str(self._layout.run / f"{self.entry.name}.notify")
        if self.entry.watchdog_s:
            environment["WATCHDOG_USEC"] = str(int(self.entry.watchdog_s * 1e6))
        argv, door = inside(self.entry.netns, self.entry.argv), None
        if self.entry.listen and (door := self._doors.open(self.entry.listen)):
            argv = doors.command(sys.executable, door, argv)
        self._heard = None
        with self._layout.log(self.entry.name).open("ab") as log:
            self._child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=ROOT,
                start_new_session=True,
                pass_fds=(door.fileno(),) if door else (),
            )
        self._pidfile.write(self._child.pid)
        self._started, self._running = now, True
        say(f"{self.entry.name} started, pid {self._child.pid}")

    def _hear(self, now: float) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                said = self._notify.recv(4096).split(b"\n")
                if b"READY=1" in said and self.pid:
                    self._ready.write_text(f"{self.pid}\n")
                    self._heard = now
                elif b"STOPPING=1" in said:
                    self._heard = None
                elif b"WATCHDOG=1" in said and self._heard is not None:
                    self._heard = now


class Supervisor:
    """All processes of one state directory."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._watched: dict[str, Watched] = {}
        self._doors = doors.Doors()
        self._reread = self._over = False

    def run(self) -> None:
        """Until SIGTERM."""
        signal.signal(signal.SIGTERM, self._on_term)
        signal.signal(signal.SIGINT, self._on_term)
        signal.signal(signal.SIGHUP, self._on_hup)
        self._apply()
        while not self._over:
            if self._reread:
                self._reread = False
                self._apply()
            for watched in self._watched.values():
                watched.turn(time.monotonic())
            time.sleep(_TURN_S)
        self._stop(list(self._watched))

    def _apply(self) -> None:
        wanted = {entry.name: entry for entry in read(self._layout.processes)}
        changed = [name for name, watched in self._watched.items() if wanted.get(name) != watched.entry]
        self._stop(changed)
        for name, entry in wanted.items():
            if name not in self._watched:
                self._watched[name] = Watched(self._layout, entry, self._doors)
        self._doors.keep({entry.listen for entry in wanted.values()})
        # whoever asked for it waits for this: before it, what is ready is ready for the old list
        (self._layout.run / "supervisor.applied").touch()

    def _stop(self, names: list[str]) -> None:
        leaving = [self._watched.pop(name) for name in names]
        end([watched.pid for watched in leaving if watched.pid and birth(watched.pid)], PATIENCE_S)
        for watched in leaving:
            watched.close()

    def _on_term(self, *_: object) -> None:
        self._over = True

    def _on_hup(self, *_: object) -> None:
        self._reread = True


def say(text: str) -> None:
    """One line in the supervisor's own log."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}", flush=True)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(path))
    listener.setblocking(False)
    return listener


def main(argv: Sequence[str]) -> int:
    """``python -m tools.trial.supervise DIR``."""
    Supervisor(Layout(Path(argv[0]))).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
