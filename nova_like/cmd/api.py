"""nova-like-api: all dialects on one port, by worker processes that share one accept socket."""

import os
import socket
import sys
from typing import Any

from nova_like import concurrency

GROUPS = (
    "default", "api", "bus", "console", "database", "identity", "images", "metrics", "notifications", "quota",
    "scheduler",
)  # fmt: skip
GRACE_SECONDS = 8.0
LISTEN_FDS_START = 3  # sd_listen_fds(3)


def main(argv: list[str] | None = None) -> None:
    """Run until told to end."""
    argv = sys.argv[1:] if argv is None else argv
    concurrency.init(_backend(argv))
    from nova_like import conf as configuration
    from nova_like.api.common import tls
    from nova_like.api.common.workers import Workers
    from nova_like.cmd import notify
    from nova_like.cmd.api_parts import ApiFront

    conf = configuration.load(argv, "nova-like-api", GROUPS)
    context = tls.context(conf)
    listener = listen(conf.api.bind_host, conf.api.bind_port)
    front = ApiFront(conf)
    concurrency.settle_memory()  # what is loaded by now stays shared among the workers

    def serve(alive: Any, stop: Any) -> None:
        front.open(stop)
        front.show()
        serve_until(front.app, listener, alive, stop, context)
        front.close()

    Workers(conf.api.workers, serve, lambda: notify.ready("serving"), notify.watchdog).run()
    notify.stopping()


def _backend(argv: list[str]) -> str:
    """The back end asked for, read before anything else is imported."""
    from nova_like.conf.early import read

    asked = read(argv, "DEFAULT", "concurrency_backend")
    return asked if asked in concurrency.BACKENDS else "eventlet"


def listen(host: str, port: int) -> socket.socket:
    """The listening socket: systemd's if it hands one over, else a new one."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and int(os.environ.get("LISTEN_FDS", "0")) > 0:
        return socket.socket(fileno=LISTEN_FDS_START)
    return bound(host, port)


def bound(host: str, port: int) -> socket.socket:
    """A new listening socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    listener.listen(512)
    return listener


def serve_until(app: Any, listener: socket.socket, alive: Any, stop: Any, tls: Any = None) -> None:
    """Answer requests until `stop`, then those in hand; `alive` is called every second while the server turns."""
    from nova_like.api.common import http

    def pulse() -> None:
        alive()
        while not concurrency.wait(stop, 1.0):
            alive()

    concurrency.spawn(pulse, name="pulse")
    http.serve(app, listener, stop, app.limits, tls)
    deadline = concurrency.monotonic() + GRACE_SECONDS - app.limits.farewell_seconds
    while app.in_hand and concurrency.monotonic() < deadline:
        concurrency.sleep(0.02)


if __name__ == "__main__":
    main()
