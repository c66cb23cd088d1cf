"""One thread plays every daemon: tasks are greenlets that give way only where they wait, and time is what the next
task waits for. The same seed gives the same order, event by event."""

import datetime
import hashlib
import heapq
import random
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet

from tests.flows.clock import Crash, Virtual
from tests.simulation.threads import Condition, Local, Pool, Semaphore

TAIL = 400  # events that are kept as text
TICK = 2e-6  # seconds between two effects: their order is that of their times


class Process:
    """A daemon's process, from its start to its death. `skew`: seconds that its wall clock is ahead."""

    def __init__(self, name: str, skew: float = 0.0) -> None:
        self.name, self.alive, self.skew = name, True, skew
        self.tasks: dict[Task, None] = {}
        self.on_death: list[Callable[[], Any]] = []

    def __repr__(self) -> str:
        return self.name


class Task(greenlet):
    """A thread of a process. `parks` counts how often it gave way, so that an old alarm wakes nobody."""

    def __init__(self, process: Process, function: Callable[..., Any], args: tuple[Any, ...], hub: Any) -> None:
        super().__init__(lambda: function(*args), hub)
        self.process, self.parks = process, 0

    def join(self, timeout: float | None = None) -> None:
        """Nobody here waits for the end of a thread."""


class Loop(Virtual):
    """The source of time, chance and threads for all processes; `run` is where everything happens."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.dice = random.Random(f"faults of {seed}")  # the product's own chance is `random`
        self.outside = self.process = Process("outside")
        self.tail: deque[str] = deque(maxlen=TAIL)
        self.bugs: list[str] = []
        self._digest = hashlib.sha256()
        self._heap: list[tuple[float, int, Any, int]] = []
        self._number = 0
        self._hub = getcurrent()
        self._dying: list[Task] = []
        self.began = self.seconds

    # -- what programs ask for (concurrency.Source)

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.seconds + self.process.skew, datetime.UTC)

    def sleep(self, seconds: float) -> None:
        task = getcurrent()
        if isinstance(task, Task):
            self._at(self.seconds + seconds, task, task.parks + 1)
            self.park()
        else:
            self.seconds += seconds

    def wait(self, event: Any, seconds: float) -> bool:
        """Sees an event no sooner than the time is over: late, as threads may be."""
        if not event.is_set():
            self.sleep(seconds)
        return event.is_set()

    def spawn(self, function: Any, *args: Any, name: str = "") -> Task:
        return self.start(self.process, function, *args)

    def condition(self) -> Condition:
        return Condition(self)

    def semaphore(self, value: int) -> Semaphore:
        return Semaphore()

    def local(self) -> Local:
        return Local()

    def pool(self, size: int, name: str) -> Pool:
        return Pool(self)

    # -- tasks

    def start(self, process: Process, function: Any, *args: Any, after: float = 0.0) -> Task:
        """A new thread of `process`, which begins `after` seconds from now."""
        task = Task(process, function, args, self._hub)
        process.tasks[task] = None
        self._at(self.seconds + after, task, 0)
        return task

    def after(self, seconds: float, call: Callable[[], Any]) -> None:
        """Have the world itself do something; `call` must not wait."""
        self._at(self.seconds + seconds, call, 0)

    def park(self) -> None:
        """Give way until somebody resumes the caller. Raises Crash when its process died."""
        task = getcurrent()
        assert isinstance(task, Task), "nothing can wait outside of tasks"
        if task.process.alive:
            task.parks += 1
            self._hub.switch()
        if not task.process.alive:
            raise Crash

    def resume(self, task: Task, after: float = 0.0) -> None:
        """Let a parked task go on, unless something else wakes it before."""
        self._at(self.seconds + after, task, task.parks)

    def kill(self, process: Process) -> None:
        """End a process as `kill -9` does. Raises Crash when it is the caller's own."""
        if not process.alive:
            return
        process.alive = False
        for call in process.on_death:
            call()
        self._dying += [task for task in process.tasks if task is not getcurrent()]
        if process is self.process:
            raise Crash

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let at most this much time pass; true as soon as `until()`, which is asked once a second."""
        end, look = self.seconds + seconds, self.seconds
        while self._heap and self._heap[0][0] <= end:
            if self.seconds >= look:
                if until():
                    return True
                look = self.seconds + 1.0
            when, _, what, parks = heapq.heappop(self._heap)
            self.seconds = max(self.seconds, when)
            self._step(what, parks)
        self.seconds = max(self.seconds, end)
        return until()

    def _step(self, what: Any, parks: int) -> None:
        if not isinstance(what, Task):
            what()
        elif what.process.alive and not what.dead and what.parks == parks:
            self._enter(what, what.switch)
        self._bury()

    def end(self) -> None:
        """Nobody goes on: a task that is left half-way stays in memory with all that it knows."""
        self.outside.alive = False
        self._dying += self.outside.tasks
        self._bury()

    def _bury(self) -> None:
        while self._dying:
            task = self._dying.pop()
            self._enter(task, lambda task=task: task.throw(Crash))  # type: ignore[misc]

    def _enter(self, task: Task, go: Callable[[], Any]) -> None:
        self.process = task.process
        try:
            go()
        except Crash:
            pass
        except Exception:
            self.bugs.append(f"{task.process}: {traceback.format_exc()}")
        finally:
            self.process = self.outside
        if task.dead:
            task.process.tasks.pop(task, None)

    def _at(self, when: float, what: Any, parks: int) -> None:
        self._number += 1
        heapq.heappush(self._heap, (when, self._number, what, parks))

    # -- the record

    def tick(self) -> None:
        """Make it later than it ever was."""
        self.seconds += TICK

    def say(self, text: str) -> None:
        """An event: what must be the same when the seed is played again."""
        line = f"{self.seconds - self.began:9.4f} {text}"
        self.tail.append(line)
        self._digest.update(line.encode() + b"\n")

    def fingerprint(self) -> str:
        return self._digest.hexdigest()
