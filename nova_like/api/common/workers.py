"""Worker processes on one shared accept socket: forked with everything loaded, watched, started anew when they die."""

import os
import select
import signal
from collections.abc import Callable

from nova_like import concurrency, logs

LOG = logs.get(__name__)
SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
SILENT_SECONDS = 12.0  # a worker that gives no sign of life for so long is killed: its clients hang
GRACE_SECONDS = 9.0

Serve = Callable[[Callable[[], None], object], None]  # serve(alive, stop): says it lives, returns when stopped


class Workers:
    """`serve(alive, stop)` runs in each worker: it calls `alive()` at least every few seconds once it really serves."""

    def __init__(self, count: int, serve: Serve, on_ready: Callable[[], None], on_alive: Callable[[], None]) -> None:
        self._count, self._serve = count, serve
        self._on_ready, self._on_alive = on_ready, on_alive
        self._ears: dict[int, int] = {}  # pid -> the end of its pipe that we read
        self._heard: dict[int, float] = {}
        self._ready = False

    def run(self) -> None:
        """Keep the workers alive until SIGTERM or SIGINT; returns when they have ended."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        while True:
            self._reap()
            while len(self._ears) < self._count:
                self._start()
            self._listen()
            if self._told_to_end(0.25):
                break
        self._end()

    def _told_to_end(self, seconds: float) -> bool:
        got = signal.sigtimedwait(SIGNALS, seconds)
        return got is not None and got.si_signo != signal.SIGCHLD

    def _start(self) -> None:
        ear, mouth = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ear)
            self._child(mouth)
        os.close(mouth)
        os.set_blocking(ear, False)
        self._ears[pid], self._heard[pid] = ear, concurrency.monotonic()

    def _child(self, mouth: int) -> None:
        """A worker's whole life; never returns."""
        status = 1
        try:
            for ear in self._ears.values():
                os.close(ear)
            concurrency.after_fork()
            stop = concurrency.Event()
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._serve(lambda: _say(mouth, stop), stop)
            status = 0
        except Exception:
            LOG.exception("a worker failed")
        finally:
            os._exit(status)

    def _listen(self) -> None:
        """Take in signs of life; kill workers that give none."""
        now, heard = concurrency.monotonic(), False
        for pid, ear in self._ears.items():
            if _pending(ear):
                self._heard[pid], heard = now, True
            elif now - self._heard[pid] > SILENT_SECONDS:
                LOG.error("worker %d has not answered for %g s: killed", pid, SILENT_SECONDS)
                os.kill(pid, signal.SIGKILL)
                self._heard[pid] = now
        if heard:
            self._on_alive()
            if not self._ready:
                self._ready = True
                self._on_ready()

    def _reap(self) -> None:
        while self._ears:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._ears:
                os.close(self._ears.pop(pid))
                LOG.warning("worker %d ended with status %d", pid, status)

    def _end(self) -> None:
        for pid in self._ears:
            os.kill(pid, signal.SIGTERM)
        deadline = concurrency.monotonic() + GRACE_SECONDS
        while self._ears and concurrency.monotonic() < deadline:
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)
            self._reap()
        for pid in self._ears:
            os.kill(pid, signal.SIGKILL)


def _say(mouth: int, stop: object) -> None:
    """A byte to the parent; when nobody reads any more, it has died and this worker ends."""
    try:
        os.writev(mouth, [b"."])  # eventlet's os.write takes a broken pipe for a full one, and spins
    except BrokenPipeError:
        stop.set()  # type: ignore[attr-defined]


def _pending(ear: int) -> bool:
    if not select.select([ear], [], [], 0)[0]:
        return False
    return bool(os.read(ear, 4096))
