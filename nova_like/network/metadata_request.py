"""One HTTP connection of a guest: reads one request within limits, answers from the pure trees, closes."""

import socket
from http.server import BaseHTTPRequestHandler
from typing import Any

from nova_like import concurrency, logs
from nova_like.metadata import routes
from nova_like.metadata.guest import Guest
from nova_like.model.orders import GuestMetadata, Port

LOG = logs.get(__name__)
RECEIVE_SECONDS = 5.0
MAX_BODY_BYTES = 4096
SEED_BYTES = 512


class Request(BaseHTTPRequestHandler):
    """Made with the connection and whom it comes from; everything happens in the constructor."""

    timeout = RECEIVE_SECONDS
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # a status line also for what has no version
    server_version = "nova-like"
    sys_version = ""

    def __init__(
        self,
        link: socket.socket,
        guest: tuple[GuestMetadata, tuple[Port, ...]] | None,
        secret: bytes,
        token_required: bool,
    ) -> None:
        self._guest = Guest(*guest) if guest else None
        self._session = routes.Session(
            secret, concurrency.now().timestamp(), concurrency.chance().randbytes(SEED_BYTES), token_required
        )
        super().__init__(link, ("guest", 0), None)  # type: ignore[arg-type]

    def _answer(self) -> None:
        self.close_connection = True
        self._limit_hops()
        try:
            self._drop_body()
            status, headers, body = self._routed()
        except ValueError:
            status, headers, body = 400, {"content-type": "text/plain"}, b"400 Bad Request\n"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _limit_hops(self) -> None:
        """The answer to a PUT holds a token, which is to come no further than the guest's owner said."""
        hops = self._guest.metadata.token_hops if self._guest else 0
        if self.command == "PUT" and hops:
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)

    def _routed(self) -> routes.Answer:
        if self._guest is None:
            return 404, {"content-type": "text/plain"}, b"404 Not Found\n"
        headers = {name.lower(): value for name, value in self.headers.items()}
        return routes.answer(self.command, self.path, headers, self._guest, self._session)

    def _drop_body(self) -> None:
        """Closing with unread bytes would reset the connection before the guest has read the answer."""
        text = self.headers.get("content-length") or "0"
        if not text.isdigit() or int(text[:9]) > MAX_BODY_BYTES:
            raise ValueError("body too large")
        self.rfile.read(int(text))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_PATCH = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        LOG.debug(format, *args)
