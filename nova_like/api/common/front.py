"""The outermost layer of every worker: puts the process's objects into the request, and counts requests in hand."""

from collections.abc import Callable, Iterable
from typing import Any

from nova_like import concurrency
from nova_like.api.common.request import CONF, SERVICES


class Front:
    """WSGI application around the paste pipeline. `in_hand` is the number of requests being answered."""

    def __init__(self, app: Callable[..., Iterable[bytes]], services: Any, conf: Any) -> None:
        self._app, self._services, self._conf = app, services, conf
        self._lock = concurrency.Lock()
        self.in_hand = self.answered = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._enter(environ)
        try:
            body = self._app(environ, start_response)
        except BaseException:
            self._leave()
            raise
        return _Counted(body, self._leave)

    def _enter(self, environ: dict[str, Any]) -> None:
        environ[SERVICES], environ[CONF] = self._services, self._conf
        with self._lock:
            self.in_hand += 1

    def _leave(self) -> None:
        with self._lock:
            self.in_hand -= 1
            self.answered += 1


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
