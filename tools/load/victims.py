"""Killing daemons of a trial cloud: kill -9, held down for a while, then left to its supervisor again."""

import os
import random
import signal
import threading
import time
from pathlib import Path

from tools.load.trial import DAEMON, Trial


class Victims:
    """Kills at random from a seed; `kills` counts, `in_flight` those that fell while flows were unfinished."""

    def __init__(self, cloud: Trial, seed: int, unfinished: object) -> None:
        self._cloud, self._chance, self._unfinished = cloud, random.Random(seed), unfinished
        self.kills = self.in_flight = 0
        self._returns: list[threading.Thread] = []

    def kill_one(self, enough: int = 5) -> str:
        """Kill one daemon's process; it is started anew after one to three seconds. Its name."""
        name, pid = self._chance.choice(self._living())
        if self._unfinished() >= enough:  # type: ignore[operator]
            self.in_flight += 1
        hold = self._cloud.state / "run" / f"{name}.hold"
        hold.touch()
        os.kill(pid, signal.SIGKILL)
        self.kills += 1
        after = threading.Thread(target=self._release, args=(hold, self._chance.uniform(1, 3)), daemon=True)
        after.start()
        self._returns.append(after)
        return name

    def all_back(self) -> None:
        """Wait until nothing is held down."""
        for thread in self._returns:
            thread.join()

    def _release(self, hold: Path, seconds: float) -> None:
        time.sleep(seconds)
        hold.unlink(missing_ok=True)

    def _living(self) -> list[tuple[str, int]]:
        """(name, pid) of daemons that run and are not held down."""
        found = []
        for path in sorted((self._cloud.state / "run").glob("*.pid")):
            pid = int(path.read_text().split()[0])
            if DAEMON.match(path.stem) and not path.with_suffix(".hold").exists() and Path(f"/proc/{pid}").exists():
                found.append((path.stem, pid))
        return found
