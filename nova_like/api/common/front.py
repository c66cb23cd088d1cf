"""The outermost layer of every worker: takes requests in, admits as many as can be answered, puts the process's objects
into them, and counts those in hand. What it refuses, the API that was asked says in its own form."""

from collections.abc import Callable, Iterable
from typing import Any

from nova_like import concurrency
from nova_like.api.common import kinds
from nova_like.api.common.gate import Gate
from nova_like.api.common.http import GONE, WAITED, Limits
from nova_like.api.common.intake import take_in
from nova_like.api.common.rates import RATES, Rates
from nova_like.api.common.request import CONF, REFUSED, SERVICES

SPARE_THREADS = 8  # for refusals and those that wait
DOCUMENT_THREADS = 4  # which nobody else takes: who asks whether we live is answered


class Front:
    """WSGI application around the paste pipeline. `in_hand` is the number of requests being answered; `gates` are the
    kinds of requests whose number is limited."""

    def __init__(self, app: Callable[..., Iterable[bytes]], services: Any, conf: Any) -> None:
        self._app, self._services, self._conf = app, services, conf
        self._lock = concurrency.Lock()
        api = conf.api
        self.gates = {kinds.WORK: Gate(api.max_requests, api.max_waiting, api.max_wait_seconds),
                      kinds.TRANSFER: Gate(api.max_transfers, api.max_waiting, api.max_wait_seconds)}  # fmt: skip
        self.rates = Rates(api)
        self.in_hand = self.answered = 0

    @property
    def limits(self) -> Limits:
        """For the HTTP server that this is served by."""
        api = self._conf.api
        return Limits(connections=api.max_connections, body_bytes=self._body_bytes, stream_header="X-Auth-Token",
                      stream_bytes=self._conf.images.max_size_gib << 30,
                      threads=api.max_requests + SPARE_THREADS, kind=kinds.of, pools={
                          kinds.TRANSFER: api.max_transfers + SPARE_THREADS, kinds.DOCUMENT: DOCUMENT_THREADS,
                      })  # fmt: skip

    def _body_bytes(self, method: str, path: str) -> int | None:
        return None if kinds.of(method, path, "") == kinds.TRANSFER else self._conf.api.max_body_bytes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        kind = kinds.of(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        with self._lock:
            self.in_hand += 1
        leave: list[Callable[[], None]] = [self._leave]
        try:
            environ[SERVICES], environ[CONF], environ[RATES] = self._services, self._conf, self.rates
            self._admit(kind, environ, leave)
            body = self._app(environ, start_response)
        except BaseException:
            _each(leave)
            raise
        if kind != kinds.TRANSFER:
            _each(leave[1:])  # the answer is made; how fast the client reads it is its own affair
            del leave[1:]
        return _Counted(body, lambda: _each(leave))

    def _admit(self, kind: str, environ: dict[str, Any], leave: list[Callable[[], None]]) -> None:
        """Take the request in, or put into it why not; `leave` grows by what must be done at its end."""
        environ.pop(REFUSED, None)
        fault = None if kind == kinds.TRANSFER else take_in(environ, self._conf.api.max_body_bytes)
        gate = self.gates.get(kind)
        if fault is None and gate is not None:
            fault = gate.enter(environ.get(GONE, _stays), environ.get(WAITED, _none)())
            if fault is None:
                leave.append(gate.leave)
        if fault is not None:
            environ[REFUSED] = fault

    def _leave(self) -> None:
        with self._lock:
            self.in_hand -= 1
            self.answered += 1


def _stays() -> bool:
    return False


def _none() -> float:
    return 0.0


def _each(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()


class _Counted:
    """A response body that says when the server is through with it."""

    def __init__(self, body: Iterable[bytes], done: Callable[[], None]) -> None:
        self._body, self._done = body, done

    def __iter__(self) -> Any:
        return iter(self._body)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self._done()
