"""Two small images on the web, for tests of web-download: raw and qcow2, at 127.0.0.1, while a suite runs."""

from __future__ import annotations

import contextlib
import http.server
import struct
import threading
from collections.abc import Iterator

CLUSTER = 1 << 16
SECTOR = 512


@contextlib.contextmanager
def serving(port: int) -> Iterator[None]:
    """Serve until the block ends; a port of 0 serves nothing."""
    if not port:
        yield
        return
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def url(port: int, name: str) -> str:
    return f"http://127.0.0.1:{port}/{name}"


def _qcow2() -> bytes:
    """An empty disk of 1 MiB, version 3."""
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, 0, 0, 16, 1 << 20, 0, 1, CLUSTER, 2 * CLUSTER, 1, 0, 0)
    return (head + struct.pack(">QQQII", 0, 0, 0, 4, 104)).ljust(4 * CLUSTER, b"\0")


FILES = {"/disk.raw": b"nova-like".ljust(SECTOR, b".") * 8, "/disk.qcow2": _qcow2()}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = FILES.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *words: object) -> None:
        """Says nothing."""
