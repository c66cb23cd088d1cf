"""A bad bus: what a daemon receives is lost, doubled, late or out of order, as STATE/faults.json says at the moment.

It sits where the broker hands messages over, below everything of ours that could tell one message from another.
Counts go to STATE/run/NAME.faults.
"""

import heapq
import json
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

KNOBS = {"drop": 0.0, "double": 0.0, "delay_s": 0.0}
READ_S = 0.25


class Faults:
    """The knobs of the moment, and what was done by them."""

    def __init__(self, state: Path, name: str) -> None:
        self._path, self._out = state / "faults.json", state / "run" / f"{name}.faults"
        self.knobs: dict[str, float] = dict(KNOBS)
        self.chance = random.Random(name)
        self.counts: Counter[str] = Counter()

    def follow(self) -> None:
        """Read the knobs and write the counts, for ever."""
        while True:
            try:
                self.knobs = {**KNOBS, **json.loads(self._path.read_text())}
            except (OSError, ValueError):
                self.knobs = dict(KNOBS)
            try:
                self._out.write_text(json.dumps(dict(self.counts)))
            except OSError:
                return  # the cloud was taken away
            time.sleep(READ_S)


class Late:
    """Messages that wait for their time, and windows of messages that are shuffled."""

    def __init__(self, faults: Faults, hand_over: Any) -> None:
        self._faults, self._hand_over = faults, hand_over
        self._heap: list[tuple[float, int, Any]] = []
        self._changed, self._number = threading.Condition(), 0
        threading.Thread(target=self._run, daemon=True).start()

    def put(self, message: Any, seconds: float) -> None:
        with self._changed:
            self._number += 1
            heapq.heappush(self._heap, (time.monotonic() + seconds, self._number, message))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._heap or self._heap[0][0] > time.monotonic():
                    self._changed.wait(self._heap[0][0] - time.monotonic() if self._heap else None)
                message = heapq.heappop(self._heap)[2]
            self._hand_over([message])


def install(state: Path, name: str) -> None:
    """Put the faults between oslo.messaging's listener and the server."""
    from nova_like.rpc.server import Server

    faults = Faults(state, name)
    hand_over = Server._receive
    lates: dict[int, Late] = {}

    def receive(server: Any, messages: list[Any]) -> None:
        late = lates.get(id(server))
        if late is None:
            threading.Thread(target=faults.follow, daemon=True).start()
            late = lates[id(server)] = Late(faults, lambda given: hand_over(server, given))
        for message in messages:
            for copy in _copies(faults, message):
                late.put(copy, _delay(faults))

    Server._receive = receive  # type: ignore[method-assign]


def _copies(faults: Faults, message: Any) -> list[Any]:
    """The message none, one or two times."""
    faults.counts["seen"] += 1
    if faults.chance.random() < faults.knobs["drop"]:
        faults.counts["dropped"] += 1
        return []
    if faults.chance.random() < faults.knobs["double"]:
        faults.counts["doubled"] += 1
        return [message, message]
    return [message]


def _delay(faults: Faults) -> float:
    """Seconds; a wide spread is also what puts messages out of order."""
    seconds = faults.chance.random() ** 2 * faults.knobs["delay_s"]
    faults.counts["delayed"] += seconds > 0.05
    return seconds
