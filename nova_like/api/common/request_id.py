"""Outermost filter: gives every request an id, marks the log lines with it, writes the access log line, and takes away
what clients must not send: the headers that only an authentication filter may set."""

from collections.abc import Callable, Iterable
from typing import Any

from nova_like import concurrency, logs

REQUEST_ID = "nova_like.request_id"
LOG = logs.get(__name__)
FORGED = ("HTTP_X_USER", "HTTP_X_TENANT", "HTTP_X_PROJECT", "HTTP_X_ROLE", "HTTP_X_DOMAIN", "HTTP_X_IDENTITY",
          "HTTP_X_SERVICE_", "HTTP_X_IS_ADMIN", "HTTP_X_SYSTEM", "HTTP_OPENSTACK_SYSTEM_SCOPE")  # fmt: skip
KEPT = ("HTTP_X_SERVICE_TOKEN",)


class RequestId:
    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in [name for name in environ if name.startswith(FORGED) and name not in KEPT]:
            del environ[name]
        request_id = f"req-{concurrency.new_id()}"
        environ[REQUEST_ID] = request_id
        logs.mark(request_id)
        begun = concurrency.monotonic()
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            seconds = concurrency.monotonic() - begun
            length = next((value for name, value in headers if name.lower() == "content-length"), "-")
            LOG.info("%s %s %s %s bytes %.4f s", environ["REQUEST_METHOD"], _plain(path), status[:3], length, seconds)
            own = [("x-openstack-request-id", request_id), ("x-compute-request-id", request_id)]
            present = {name.lower() for name, _ in headers}
            return start_response(status, [*headers, *(pair for pair in own if pair[0] not in present)], *more)

        return self.app(environ, start)


def _plain(path: str) -> str:
    """One line, however odd the path (CR, LF, escapes), of at most 255 characters."""
    return path[:255].encode("unicode_escape").decode("ascii")


def factory(global_conf: dict[str, Any], **local_conf: Any) -> Callable[[Any], RequestId]:
    return RequestId
