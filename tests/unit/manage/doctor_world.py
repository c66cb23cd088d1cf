"""A cloud in good health, for the doctor to look at: real files and database, a broker made of a dictionary, and a
little management interface on HTTP. Test code; holds no assertion."""

import json
import threading
import types
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from nova_like import concurrency
from nova_like.cmd.manage.doctor.command import examine
from nova_like.cmd.manage.doctor.finding import Finding
from nova_like.cmd.manage.doctor.patient import Patient
from nova_like.db import hosts
from nova_like.rpc import inspect
from tests.unit.manage.manage_world import Operator

AGENT = {"kind": "compute", "name": "h1", "address": "h1", "boot_id": "b1", "facts": None}
PERMISSIONS = [
    {"user": "controller", "vhost": "cloud", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "h1", "vhost": "cloud", "configure": r"^compute\.h1$", "write": r"^(compute\.h1|reports|replies)$",
     "read": r"^(compute\.h1|commands)$"},
]  # fmt: skip


class Impatient(concurrency.Source):
    """Sleeps not at all."""

    def sleep(self, seconds: float) -> None:
        """The time is over at once."""


class Ward(Patient):
    """`queues`, `exchanges`, `types` and `permissions` are what the broker has; change them, and `look()`."""

    broker_fault = ""

    def __init__(self, state: Path, monkeypatch: Any) -> None:
        self.operator = Operator(state)
        self.operator.run("db", "sync")
        self.operator.bootstrap()
        self.state, self.file, self.master = state, self.operator.config, state / "master.key"
        self.queues: dict[str, Any] = {"flows": (0, 1), "reports": (0, 1), "compute.h1": (0, 1)}
        self.exchanges: list[str] = []
        self.types = [{"name": name, "type": "quorum", "durable": True} for name in self.queues]
        self.permissions: list[dict[str, Any]] = json.loads(json.dumps(PERMISSIONS))
        self.free = 0.5
        self._server = _management(self)
        self._files()
        super().__init__(self._conf(), [str(self.file)], lambda: self.operator.db)
        scheduler = {**AGENT, "kind": "scheduler", "name": "s1", "address": "s1"}
        self.operator.db.transact(lambda tx: hosts.upsert(tx, [AGENT, scheduler]))
        monkeypatch.setattr(inspect, "missing_exchanges", lambda conf: self.exchanges)
        monkeypatch.setattr("os.statvfs", self._statvfs)
        monkeypatch.setattr("os.access", lambda path, mode: self.free > 0)

    def _files(self) -> None:
        self.file.chmod(0o640)
        self.master.write_text("m" * 32)
        self.master.chmod(0o600)
        (self.state / "images").mkdir()

    def _conf(self) -> Any:
        from nova_like import conf as configuration
        from nova_like import logs

        conf = configuration.new()
        logs.register(conf)
        conf([f"--config-file={self.file}"], default_config_files=[])
        port = self._server.server_address[1]
        for group, name, value in (
            ("bus", "url", f"rabbit://controller:secret@127.0.0.1:{port}/cloud"),
            ("bus", "management_url", f"http://127.0.0.1:{port}"), ("bus", "master_key_file", str(self.master)),
            ("images", "link_key", "l" * 32), ("database", "url", "postgresql+psycopg2://nova@db/nova"),
        ):  # fmt: skip
            conf.set_override(name, value, group)
        return conf

    def _statvfs(self, path: Any) -> Any:
        blocks = 1 << 30
        return types.SimpleNamespace(f_frsize=4096, f_blocks=blocks, f_bavail=int(blocks * abs(self.free)))

    def depths(self, queues: list[str]) -> dict[str, Any]:
        if self.broker_fault:
            return super().depths(queues)
        return {name: self.queues.get(name) for name in queues}

    def execute(self, statement: Any) -> None:
        self.operator.db.transact(lambda tx: tx.execute(statement))

    def look(self) -> tuple[list[Finding], dict[str, str]]:
        """What the doctor finds now."""
        previous = concurrency.use(Impatient())
        try:
            return examine(self)
        finally:
            concurrency.use(previous)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.operator.db.dispose()


def _management(ward: Ward) -> HTTPServer:
    """RabbitMQ's management interface, as far as the doctor asks it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/api/queues/cloud": ward.types, "/api/vhosts/cloud/permissions": ward.permissions}
            known = self.path in answers and self.headers["Authorization"] == "Basic Y29udHJvbGxlcjpzZWNyZXQ="
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(json.dumps(answers.get(self.path)).encode())

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
