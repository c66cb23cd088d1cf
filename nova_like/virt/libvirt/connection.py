"""The one connection to libvirtd: events, keepalive, and opening anew when libvirtd was restarted. Knows no guests.

libvirt's event loop runs in a native thread of its own; callbacks only set flags.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import libvirt

from nova_like import concurrency, logs
from nova_like.model.errors import HostFailure, NotFound, Unavailable

LOG = logs.get(__name__)
T = TypeVar("T")

REOPEN_SECONDS = 0.25
PATIENCE_SECONDS = 10.0  # how long an order waits for a libvirtd that is being restarted
KEEPALIVE = (5, 3)  # seconds, and how many may go unanswered
_GONE = {libvirt.VIR_ERR_NO_CONNECT, libvirt.VIR_ERR_INVALID_CONN, libvirt.VIR_ERR_RPC}
_GONE_TEXTS = ("client socket is closed", "Cannot recv data", "Cannot write data", "connection closed", "End of file",
               "Broken pipe", "Connection reset", "keepalive timeout", "connection was closed")  # fmt: skip


class _Loop:
    """libvirt's event loop, once for each process."""

    _started: ClassVar[bool] = False
    _lock: ClassVar[Any] = concurrency.Lock()

    @classmethod
    def start(cls) -> None:
        with cls._lock:
            if cls._started:
                return
            libvirt.registerErrorHandler(lambda *_: None, None)  # it prints to stderr otherwise; we log what we raise
            libvirt.virEventRegisterDefaultImpl()
            concurrency.spawn(cls._run, name="libvirt-events")
            cls._started = True

    @staticmethod
    def _run() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()


class Connection:
    """A connection that comes back. `changed` is called (from the event thread) when any guest's state may differ."""

    def __init__(self, uri: str, changed: Callable[[], None]) -> None:
        self._uri, self._changed = uri, changed
        self._lock = concurrency.Lock()
        self._conn: Any = None
        self._lost = concurrency.Event()
        self._closed = concurrency.Event()

    def start(self) -> None:
        """Open, and keep it open from now on; does not wait for libvirtd to be there."""
        _Loop.start()
        self._lost.set()
        self._try_open()
        concurrency.spawn(self._keep, name="libvirt-keep")

    def close(self) -> None:
        """For good. Leaves a libvirtd that does not answer to itself: the end of the process must not wait for it."""
        self._closed.set()
        if self._lock.acquire(timeout=1.0):
            conn, self._conn = self._conn, None
            self._lock.release()
            if conn is not None:
                _quietly(conn.close)

    def is_open(self) -> bool:
        return self._conn is not None and not self._lost.is_set()

    def run(self, what: str, action: Callable[[Any], T], patience: float = PATIENCE_SECONDS) -> T:
        """`action(virConnect)`, again when libvirtd went away under it, so it must look before it acts.

        Raises NotFound for an unknown guest, Unavailable when libvirtd is away for `patience` seconds, or HostFailure.
        """
        deadline = concurrency.monotonic() + patience
        while True:
            conn = self._wait_open(what, deadline)
            try:
                return action(conn)
            except libvirt.libvirtError as error:
                if not self._is_gone(conn, error):
                    raise _fault(what, error) from None
                LOG.warning("libvirtd went away while asked to %s: %s", what, error)
                self._lost.set()

    def _wait_open(self, what: str, deadline: float) -> Any:
        while not self.is_open():
            if concurrency.monotonic() >= deadline or self._closed.is_set():
                raise Unavailable(f"the hypervisor does not answer: cannot {what}", "hypervisor", retry_after=2)
            concurrency.sleep(0.05)
        return self._conn

    def _is_gone(self, conn: Any, error: Any) -> bool:
        if error.get_error_code() in _GONE or any(text in str(error) for text in _GONE_TEXTS):
            return True
        return not _quietly(conn.isAlive)

    def _keep(self) -> None:
        while not self._closed.is_set():
            if self._lost.is_set() and not self._try_open():
                concurrency.wait(self._closed, REOPEN_SECONDS)
            else:
                concurrency.wait(self._lost, 1.0)

    def _try_open(self) -> bool:
        with self._lock:
            if self._closed.is_set():
                return False
            old, self._conn = self._conn, None
            if old is not None:
                _quietly(old.close)
            try:
                self._conn = self._open()
            except libvirt.libvirtError as error:
                LOG.debug("libvirtd cannot be reached: %s", error)
                return False
            self._lost.clear()
        LOG.info("connected to libvirtd at %s", self._uri)
        self._changed()
        return True

    def _open(self) -> Any:
        conn = libvirt.open(self._uri)
        conn.registerCloseCallback(self._on_close, None)
        _quietly(lambda: conn.setKeepAlive(*KEEPALIVE))
        conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_event, None)
        return conn

    def _on_close(self, conn: Any, reason: int, opaque: Any) -> None:
        if not self._closed.is_set():
            LOG.warning("the connection to libvirtd ended (reason %d); opening it anew", reason)
            self._lost.set()
            self._changed()

    def _on_event(self, conn: Any, domain: Any, event: int, detail: int, opaque: Any) -> None:
        self._changed()


def _fault(what: str, error: Any) -> Exception:
    """libvirt's error as one of ours. Its text names files of the host: it is for the log, not for the user."""
    if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
        return NotFound("instance", reason=f"cannot {what}: the hypervisor does not know the guest")
    LOG.warning("libvirt refused to %s: %s", what, error)
    return HostFailure(f"the hypervisor failed to {what}", "instance", retry=True)


def _quietly(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except libvirt.libvirtError:
        return None
