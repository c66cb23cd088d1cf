"""Answers guests on 169.254.169.254:80 of every bridge. Who asks is the bridge and the address, never a header.

One listener per bridge, bound to that device, so that equal addresses of two networks are told apart; anti-spoofing
makes the source address true. Threads, connections per guest and the time of a connection are bounded.
"""

import os
import selectors
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nova_like import concurrency, logs
from nova_like.model.orders import GuestMetadata, Port
from nova_like.network.metadata_request import Request

LOG = logs.get(__name__)
ADDRESS = ("169.254.169.254", 80)
CONNECTION_SECONDS = 10.0
PER_GUEST = 4
BACKLOG = 64

Guests = Callable[[str, str], tuple[GuestMetadata, tuple[Port, ...]] | None]


class MetadataServer:
    """`bridges()` says where to listen; `guest_at(bridge, address)` who it is; the secret file signs IMDSv2 tokens."""

    def __init__(
        self,
        bridges: Callable[[], set[str]],
        guest_at: Guests,
        secret_file: Path,
        threads: int = 8,
        token_required: bool = False,
        address: tuple[str, int] = ADDRESS,
    ) -> None:
        self._bridges, self._guest_at, self._secret_file = bridges, guest_at, secret_file
        self._threads, self._token_required, self._address = threads, token_required, address
        self._pool = concurrency.pool(threads, "metadata")
        self._selector = selectors.DefaultSelector()
        self._listeners: dict[tuple[str, int], socket.socket] = {}  # by bridge and its index: names come back
        self._lock = concurrency.Lock()
        self._busy: dict[socket.socket, float] = {}
        self._callers: Counter[tuple[str, str]] = Counter()
        self._stopped = False
        self._secret = b""
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def sync(self) -> None:
        """Listen on exactly the bridges that there are. The first call starts the accepting thread."""
        with self._lock:
            if not self._secret:
                self._secret = _secret(self._secret_file)
                self._selector.register(self._wake_read, selectors.EVENT_READ)
                concurrency.spawn(self._accept_loop, name="metadata")
            wanted = {(bridge, index) for bridge in self._bridges() if (index := _index(bridge))}
            for gone in self._listeners.keys() - wanted:
                self._close(gone)
            for bridge in wanted - self._listeners.keys():
                self._open(bridge)
        self._wake()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for bridge in list(self._listeners):
                self._close(bridge)
        self._wake()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open(self, bridge: tuple[str, int]) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge[0].encode())
            listener.bind(self._address)
            listener.listen(BACKLOG)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            LOG.error("no metadata on %s: %s", bridge[0], error)  # `verify` tries again
            return
        self._listeners[bridge] = listener
        self._selector.register(listener, selectors.EVENT_READ, bridge[0])

    def _close(self, bridge: tuple[str, int]) -> None:
        listener = self._listeners.pop(bridge)
        self._selector.unregister(listener)
        listener.close()

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            return  # it is awake

    def _accept_loop(self) -> None:
        while not self._stopped:
            for key, _ in self._selector.select(1.0):
                if key.data is None:
                    os.read(self._wake_read, 4096)
                else:
                    self._accept(key.fileobj, key.data)
            self._end_overdue()

    def _accept(self, listener: Any, bridge: str) -> None:
        try:
            link, (address, _) = listener.accept()
        except OSError:
            return  # gone again, or the listener was closed meanwhile
        caller = bridge, address
        with self._lock:
            refused = self._callers[caller] >= PER_GUEST or len(self._busy) >= self._threads * PER_GUEST
            if not refused:
                self._callers[caller] += 1
                self._busy[link] = concurrency.monotonic() + CONNECTION_SECONDS
        if refused or self._stopped:
            link.close()
        else:
            self._pool.submit(self._answer, link, caller)

    def _answer(self, link: socket.socket, caller: tuple[str, str]) -> None:
        try:
            Request(link, self._guest_at(*caller), self._secret, self._token_required)
        except OSError:
            return  # the guest went away, or was too slow
        except Exception:
            LOG.exception("metadata for %s on %s failed", caller[1], caller[0])
        finally:
            with self._lock:
                del self._busy[link]
                self._callers[caller] -= 1
                if not self._callers[caller]:
                    del self._callers[caller]
            link.close()

    def _end_overdue(self) -> None:
        """A guest that sends a byte now and then must not hold a thread."""
        now = concurrency.monotonic()
        with self._lock:
            for link in [link for link, deadline in self._busy.items() if deadline < now]:
                try:
                    link.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


def _index(bridge: str) -> int:
    try:
        return socket.if_nametoindex(bridge)
    except OSError:
        return 0


def _secret(path: Path) -> bytes:
    """The key that signs tokens, kept so that tokens outlive the agent."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(concurrency.secret(48))
        fresh.rename(path)
    return path.read_bytes()
