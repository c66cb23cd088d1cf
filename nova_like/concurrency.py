"""Threads, time, sleep, randomness and ids: the only module that imports them. Eventlet is imported here, and by the
HTTP server that runs on it.

Every program calls `init(backend)` before its other imports. The simulator puts its own `Source` in place with
`use(source)`; nothing else in the project may read a clock, draw a number or start a thread by other means.
"""

import contextlib
import datetime
import gc
import os
import queue
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

BACKENDS = ("threading", "eventlet")
POOL_SIZE = 16

Queue = queue.Queue
Random = random.Random
Full = queue.Full
Empty = queue.Empty

_backend = "threading"


def Lock() -> Any:  # noqa: N802
    """A lock; looked up at the call, since eventlet puts its own in place of the native one."""
    return threading.Lock()


def Event() -> threading.Event:  # noqa: N802
    return threading.Event()


def Semaphore(value: int) -> Any:  # noqa: N802
    return _source.semaphore(value)


def Condition() -> Any:  # noqa: N802
    return _source.condition()


class _NoEventlet:
    """Meta-path hook: importing eventlet in a threading process is a defect, said at the import."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "eventlet" or name.startswith("eventlet."):
            raise ImportError("this process runs native threads and must not import eventlet")


def init(backend: str) -> None:
    """Choose the back end (`threading` or `eventlet`); NOVA_LIKE_CONCURRENCY in the environment wins."""
    global _backend
    _backend = os.environ.get("NOVA_LIKE_CONCURRENCY") or backend
    if _backend not in BACKENDS:
        raise ValueError(f"unknown concurrency backend {_backend!r}: one of {', '.join(BACKENDS)}")
    if _backend == "eventlet":
        _patch()
    elif "eventlet" not in sys.modules:
        sys.meta_path.insert(0, _NoEventlet())
    _choose_oslo_service(_backend)


def _patch() -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import eventlet
    eventlet.monkey_patch()


def _choose_oslo_service(name: str) -> None:
    """oslo.service fixes its back end when it is imported, and oslo.messaging imports it: so choose first."""
    from oslo_service import backend

    kind = backend.BackendType.EVENTLET if name == "eventlet" else backend.BackendType.THREADING
    backend.init_backend(kind)


def backend() -> str:
    """The back end that this process runs on: `threading` or `eventlet`."""
    return _backend


class Source:
    """Where time, chance and threads come from. The simulator subclasses it; this one is the real world."""

    def __init__(self) -> None:
        self.random: random.Random = random.SystemRandom()

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(seconds)

    def spawn(self, function: Callable[..., Any], *args: Any, name: str = "") -> threading.Thread:
        thread = threading.Thread(target=function, args=args, name=name or function.__name__, daemon=True)
        thread.start()
        return thread

    def condition(self) -> Any:
        return threading.Condition()

    def semaphore(self, value: int) -> Any:
        return threading.Semaphore(value)

    def local(self) -> Any:
        return threading.local()

    def pool(self, size: int, name: str) -> Any:
        return ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)


_source = Source()


def use(source: Source) -> Source:
    """Put `source` in place of the present one, which is returned (simulator and tests only)."""
    global _source
    previous, _source = _source, source
    return previous


def now() -> datetime.datetime:
    """The wall clock, UTC, with a time zone. Decisions between daemons use the database's clock instead."""
    return _source.now()


def monotonic() -> float:
    """Seconds on a clock that never jumps, for intervals and deadlines inside one process."""
    return _source.monotonic()


def sleep(seconds: float) -> None:
    _source.sleep(seconds)


def wait(event: threading.Event, seconds: float) -> bool:
    """Wait until `event` is set or `seconds` have passed; true when it was set."""
    return _source.wait(event, seconds)


def new_id() -> str:
    """A new UUIDv4 in its canonical form, 36 characters."""
    return _source.new_id()


def chance() -> random.Random:
    """The source of randomness (unpredictable in production, seeded in simulation)."""
    return _source.random


def secret(length: int = 32) -> str:
    """An unguessable string of `length` characters out of [A-Za-z0-9]."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(_source.random.choice(letters) for _ in range(length))


def jitter(seconds: float) -> float:
    """`seconds` give or take a quarter, so that many daemons started together do not act together."""
    return seconds * (0.75 + 0.5 * _source.random.random())


def spawn(function: Callable[..., Any], *args: Any, name: str = "") -> threading.Thread:
    """Run `function(*args)` in a daemon thread (a green one under eventlet)."""
    return _source.spawn(function, *args, name=name)


def local() -> Any:
    """Storage of its own for each thread (or green thread)."""
    return _source.local()


def pool(size: int = POOL_SIZE, name: str = "pool") -> Any:
    """A bounded pool of threads (an Executor); its queue is not bounded, so feed it only from bounded sources."""
    return _source.pool(size, name)


def call_native(function: Callable[..., Any], *args: Any) -> Any:
    """Run blocking native code (bcrypt, big hashes) without stalling the other green threads of the process."""
    if _backend != "eventlet":
        return function(*args)
    from eventlet import tpool

    return tpool.execute(function, *args)


def settle_memory() -> None:
    """What is loaded by now stays: the collector does not walk it again, and looks less often at what comes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def after_fork() -> None:
    """Call in a forked child before anything else: an eventlet hub does not survive a fork."""
    if _backend == "eventlet":
        import eventlet.hubs

        eventlet.hubs.use_hub()


@contextlib.contextmanager
def every(seconds: float, stop: threading.Event) -> Iterator[Iterator[None]]:
    """Yield an iterator that ticks every `seconds` (with jitter) until `stop` is set."""

    def ticks() -> Iterator[None]:
        while not wait(stop, jitter(seconds)):
            yield None

    yield ticks()
