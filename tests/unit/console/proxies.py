"""A console proxy on a free port, with a fake host and a door that knows one token. Test code; holds no assertion."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from nova_like import concurrency, logs
from nova_like.compute.consoles import Consoles
from nova_like.console.rules import Rules
from nova_like.console.server import Limits, Proxy
from nova_like.fakes import World
from nova_like.model.errors import Fault, NotFound
from nova_like.model.orders import Guest
from nova_like.services.consoles import Opening
from nova_like.virt import fake

TOKEN = "t" * 43
PATIENCE = 60.0


class Door:
    """Each token opens once, the console of its kind; `fault` is what the host's agent answers."""

    def __init__(self, consoles: Consoles, instance_id: str) -> None:
        self._consoles, self._instance_id = consoles, instance_id
        self.tokens = {TOKEN: "serial", "v" * 43: "vnc"}
        self.fault: Fault | None = None
        self.brought = True
        self.lock = concurrency.Lock()

    def redeem(self, token: str) -> Opening:
        with self.lock:
            if (kind := self.tokens.pop(token, None)) is None:
                raise NotFound("token")
        return Opening(self._instance_id, "p", "u", kind, "fake-001", "fakes")

    def open(self, opening: Opening, url: str, ticket: str) -> None:
        if self.fault:
            raise self.fault
        self.url, self.ticket = url, ticket
        if self.brought:
            self._consoles.open(opening.host, opening.instance_id, opening.kind, url, ticket)


class Cloud:
    """`url` of the proxy, `host` with one running guest `id`."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.id = concurrency.new_id()
        self.host = fake.make("fake-001", World(folder, "compute"), fake.Knobs())
        guest = Guest(self.id, "web", vcpus=1, ram_mib=32, disk_gib=0)
        self.host.disks.prepare(guest, None, None, "f")
        self.host.power.define(guest, "f")
        self.host.power.start(self.id, "f")
        self.door = Door(Consoles({"fake-001": self.host}), self.id)
        self.pages = folder / "pages"
        (self.pages / "core").mkdir(parents=True)
        (self.pages / "vnc_lite.html").write_text("<html>noVNC</html>")
        (self.pages / "core" / "rfb.js").write_text("export default 1;")
        listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{listener.getsockname()[1]}"
        rules = Rules.of(f"http://{self.place}", ["https://cloud.example"])
        self.proxy = Proxy(self.door, rules, f"ws://{self.place}", str(self.pages), limits)
        self.server = self.proxy.server(listener)
        self._serving = concurrency.spawn(self.server.serve_forever)

    def view(self, token: str = TOKEN, path: str = "/", **options: Any) -> ClientConnection:
        target = f"ws://{self.place}{path}?token={token}"
        return connect(target, proxy=None, compression=None, open_timeout=PATIENCE, close_timeout=PATIENCE,
                       logger=logs.silent("tests.viewer"), **options)  # fmt: skip

    def close(self) -> None:
        self.server.shutdown()
        self._serving.join(PATIENCE)


@contextmanager
def cloud(folder: Path, limits: Limits = Limits()) -> Iterator[Cloud]:  # noqa: B008
    made = Cloud(folder, limits)
    try:
        yield made
    finally:
        made.close()


def until(connection: ClientConnection, wanted: bytes) -> bytes:
    """What came up to and with `wanted`. Raises TimeoutError."""
    seen = b""
    while wanted not in seen:
        seen += connection.recv(timeout=PATIENCE, decode=False)
    return seen
