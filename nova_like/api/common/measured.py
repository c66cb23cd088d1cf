"""Counts requests and their times by API, method, route and status. A route is its template: what clients make up is
`unknown`, so that no client can make the tables grow."""

from collections.abc import Callable, Iterable
from typing import Any

from nova_like import concurrency
from nova_like.measures import Counts, Times

ROUTE = "nova_like.route"  # put there by the API that found one
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN = "unknown"


class Requests:
    """`answered` by (api, method, route, status); `seconds` by (api, method, route) until the answer was made."""

    def __init__(self) -> None:
        self.answered, self.seconds = Counts(), Times()


class Measured:
    """Around the composite of all APIs."""

    def __init__(self, app: Callable[..., Iterable[bytes]], requests: Requests) -> None:
        self._app, self._requests = app, requests

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun, status = concurrency.monotonic(), "500"

        def start(line: str, *rest: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, *rest)

        try:
            return self._app(environ, start)
        finally:
            self._note(environ, status, concurrency.monotonic() - begun)

    def _note(self, environ: dict[str, Any], status: str, seconds: float) -> None:
        method, api = environ["REQUEST_METHOD"], environ.get("SCRIPT_NAME", "").lstrip("/") or "root"
        labels = (api, method if method in METHODS else "other", environ.get(ROUTE, UNKNOWN))
        self._requests.answered.add((*labels, status))
        self._requests.seconds.observe(labels, seconds)
