"""A virtual clock: time moves only when the test says so, threads are not started, chance comes from a seed."""

import datetime
import random
import uuid

from nova_like import concurrency


class Crash(BaseException):
    """A process died here; nothing may catch it but the harness."""


class Virtual(concurrency.Source):
    """Starts at a fixed date; `sleep` and `wait` only move the clock."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.seconds = 1_800_000_000.0

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.seconds, datetime.UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def wait(self, event, seconds: float) -> bool:
        self.seconds += seconds
        return event.is_set()

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def spawn(self, function, *args, name=""):
        raise AssertionError(f"{function} asked for a thread under the virtual clock")
