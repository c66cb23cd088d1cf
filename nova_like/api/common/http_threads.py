"""HTTP by waitress: one thread reads and writes all connections, others answer, under the limits of http.py.
Imported in processes that run native threads."""

import contextlib
import logging
import socket
from typing import Any

import waitress.server
from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher, WSGITask

from nova_like import concurrency
from nova_like.api.common.http import GONE, HANG_UP, WAITED, App, Limits
from nova_like.api.common.http_threads_parser import Missing, Parser, Spool

SPARE = 64  # connections beyond the limit: those that are being hung up on
IDLE_MORE = 5  # seconds after which a connection goes that was not told that its request is too slow


def serve(app: App, sock: Any, stop: Any, limits: Limits, tls: Any = None) -> None:
    """As http.serve."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of each request that waits for a thread
    server: Any = waitress.server.create_server(
        app, sockets=[sock], _dispatcher=Pools(limits), connection_limit=limits.connections + SPARE,
        channel_timeout=int(limits.idle_seconds) + IDLE_MORE, max_request_body_size=1 << 62,
        max_request_header_size=limits.header_bytes, ident=None, log_socket_errors=False,
        asyncore_use_poll=True, clear_untrusted_proxy_headers=False, url_scheme="https" if tls else "http",
    )  # fmt: skip
    server.limits, server.channel_class, server.tls, server.spool = limits, Channel, tls, Spool()
    if tls is not None:
        from nova_like.api.common import http_threads_tls

        server.channel_class = http_threads_tls.channel
    thread = concurrency.spawn(server.run, name="http")
    while not stop.wait(0.2):
        if not thread.is_alive():
            raise RuntimeError("the HTTP server ended by itself")
    server.accepting = False  # its loop goes on: answers in hand are sent by it
    deadline = concurrency.monotonic() + limits.farewell_seconds
    while server.active_channels and concurrency.monotonic() < deadline:
        concurrency.sleep(0.02)
    server.pull_trigger()


class Pools:
    """The threads that answer: kinds of requests that have some of their own do not wait for others."""

    def __init__(self, limits: Limits) -> None:
        self._kind, self._pools = limits.kind, dict[str, ThreadedTaskDispatcher]()
        for name, threads in {"": limits.threads, **limits.pools}.items():
            self._pools[name] = ThreadedTaskDispatcher()
            self._pools[name].set_thread_count(threads)

    def add_task(self, channel: "Channel") -> None:
        """It is the turn of the channel's first request."""
        request = channel.requests[0]
        request.ended = concurrency.monotonic()
        kind = "" if request.error else self._kind(request.command, request.path, request.query)
        self._pools.get(kind, self._pools[""]).add_task(channel)

    def shutdown(self) -> None:
        """End the threads, as waitress does on its own exit."""
        for pool in self._pools.values():
            pool.shutdown()


class Task(WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[HANG_UP], environ[GONE] = self._hang_up, self.channel.gone
        environ[WAITED] = lambda: concurrency.monotonic() - self.request.ended
        if self.request.late:
            environ["wsgi.input"] = Missing()
        return environ

    def _hang_up(self) -> None:
        self.request.headers["CONNECTION"] = "close"


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    task_class = Task
    lingers_until: float | None = None
    sent = 0  # bytes, of all answers
    owed: tuple[float, int] | None = None  # since when we have something to send, and what was sent by then
    refused = False  # a body was cut

    def __init__(self, server: Any, *args: Any, **options: Any) -> None:
        super().__init__(server, *args, **options)
        if len(server.active_channels) > server.limits.connections:
            silent = [channel for channel in server.active_channels.values() if not channel.requests]
            min(silent, key=lambda channel: channel.last_activity).will_close = True

    def parser_class(self, adj: Any) -> Parser:
        return Parser(adj, self.server.limits, self.server.spool)

    def del_channel(self, map: Any = None) -> None:
        for request in (self.request, *self.requests):
            if request is not None:
                request.release()
        super().del_channel(map)

    def received(self, data: bytes) -> bool:
        done: bool = super().received(data)
        self.refused = self.refused or any(request.cut or request.error for request in self.requests)
        return done

    def readable(self) -> bool:
        """Asked in every turn of the server's loop, at least once a second."""
        now = concurrency.monotonic()
        if self.lingers_until is not None:
            self.will_close = now > self.lingers_until
            return not self.will_close
        if self._reads_too_slowly(now):
            self.cut()
        listens = bool(super().readable())
        if self.request is not None and not listens:
            self.request.rest(now)
        elif self.request is not None and self.request.is_late(now):
            self._give_up(self.request)
            return False
        return listens

    def _give_up(self, request: Parser) -> None:
        """Have a request answered that is too slow, and hang up."""
        if request.is_blank:
            self.will_close = True
            return
        with self.requests_lock:
            self.refused, self.sent_continue, self.request = True, False, None
            request.give_up()
            self.requests.append(request)  # the only one, or we would not listen
            self.server.add_task(self)

    def send(self, data: Any, do_close: bool = True) -> int:
        done: int = super().send(data, do_close)
        self.sent += done
        return done

    def _reads_too_slowly(self, now: float) -> bool:
        """Whether less of an answer went in the last `idle_seconds` than a client must take."""
        limits = self.server.limits
        if not self.total_outbufs_len:
            self.owed = None
        elif self.owed is None or now <= self.owed[0] + limits.idle_seconds:
            self.owed = self.owed or (now, self.sent)
        elif self.sent - self.owed[1] < limits.idle_seconds * limits.bytes_per_second:
            return True
        else:
            self.owed = (now, self.sent)
        return False

    def cut(self) -> None:
        """Hang up on a client who takes nothing: its socket would never become writable, which closing waits for."""
        self.will_close = True
        link: Any = self.socket
        with contextlib.suppress(OSError):
            socket.socket.shutdown(getattr(link, "plain", link), socket.SHUT_RDWR)

    def handle_read(self) -> None:
        if self.lingers_until is None:
            super().handle_read()
            return
        try:
            self.will_close = not self.recv(65536)
        except OSError:
            self.will_close = True

    def handle_close(self) -> None:
        """Listen on for a moment after a refused body: a reset would take the answer away from a client that is still
        sending."""
        if self.refused and self.lingers_until is None and self.connected:
            self.lingers_until = concurrency.monotonic() + self.server.limits.linger_seconds
            self.will_close = self.close_when_flushed = False
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                super().handle_close()
            return
        super().handle_close()

    def gone(self) -> bool:
        try:
            return not self.connected or not self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
