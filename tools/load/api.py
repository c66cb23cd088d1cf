"""A small client of the native API for load: one keep-alive connection a thread, no retries but those asked for."""

import http.client
import json
import select
import threading
from typing import Any
from urllib.parse import urlsplit


class Refused(Exception):
    """The API answered with an error status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text[:300]}")
        self.status = status


class Api:
    """One user's view of a cloud. Connections are per thread; a cut one raises OSError or HTTPException."""

    def __init__(self, url: str, user: str, password: str, project: str, timeout_s: float = 30) -> None:
        self.url, self._timeout_s = urlsplit(url), timeout_s
        self._local = threading.local()
        self.login = (user, password, project)
        self.token = ""
        self.project_id = ""

    def authenticate(self) -> None:
        """Get a token for the project."""
        user, password, project = self.login
        who = {"user": {"name": user, "domain": {"name": "Default"}, "password": password}}
        scope = {"project": {"name": project, "domain": {"name": "Default"}}}
        body = {"auth": {"identity": {"methods": ["password"], "password": who}, "scope": scope}}
        _, headers, answer = self.request("POST", "/identity/v3/auth/tokens", body)
        self.token, self.project_id = headers["X-Subject-Token"], answer["token"]["project"]["id"]

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """(status, headers, decoded body). Raises Refused for 4xx and 5xx."""
        connection = self._connection()
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        sent = {"X-Auth-Token": self.token, "Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            text = response.read()
        except Exception:
            self._local.connection = None
            connection.close()
            raise
        if response.status >= 400:
            raise Refused(response.status, text.decode(errors="replace"))
        return response.status, response.headers, json.loads(text) if text else None

    def get(self, path: str) -> Any:
        return self.request("GET", path)[2]

    def post(self, path: str, body: Any) -> Any:
        return self.request("POST", path, body)[2]

    def upload(self, path: str, data: bytes) -> None:
        """PUT bytes."""
        self.request("PUT", path, data, **{"Content-Type": "application/octet-stream"})

    def hang_up(self) -> None:
        """Close this thread's connection; the next request makes a new one."""
        connection, self._local.connection = getattr(self._local, "connection", None), None
        if connection is not None:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        connection = getattr(self._local, "connection", None)
        if connection is not None and closed_by_server(connection):
            self.hang_up()
            connection = None
        if connection is None:
            connection = http.client.HTTPConnection(self.url.hostname or "", self.url.port, timeout=self._timeout_s)
            connection.connect()
            import socket

            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._local.connection = connection
        return connection

    # -- compute

    def boot(self, name: str, flavor: str, image: str, token: str = "", from_volume: bool = False) -> str:
        """Ask for one server; its id. `from_volume`: it starts from a volume that is made of the image, and goes with
        it."""
        server: dict[str, Any] = {"name": name, "flavorRef": flavor, "imageRef": image, "networks": "auto"}
        if from_volume:
            root = {"uuid": image, "source_type": "image", "destination_type": "volume", "boot_index": 0,
                    "volume_size": 1, "delete_on_termination": True}  # fmt: skip
            server |= {"imageRef": "", "block_device_mapping_v2": [root]}
        headers = {"X-OpenStack-Nova-API-Version": "2.37"}
        if token:
            headers["Idempotency-Key"] = token
        return self.request("POST", "/compute/v2.1/servers", {"server": server}, **headers)[2]["server"]["id"]

    def delete(self, server: str) -> None:
        self.request("DELETE", f"/compute/v2.1/servers/{server}")

    def force_delete(self, server: str) -> None:
        """Where a delete would only put it away."""
        self.post(f"/compute/v2.1/servers/{server}/action", {"forceDelete": None})

    def servers(self, query: str = "") -> list[dict[str, Any]]:
        """Servers in detail, all pages."""
        path, found = f"/compute/v2.1/servers/detail?limit=1000{query}", []
        while True:
            page = self.get(path)["servers"]
            found += page
            if len(page) < 1000:
                return found
            path = f"/compute/v2.1/servers/detail?limit=1000{query}&marker={page[-1]['id']}"


def closed_by_server(connection: http.client.HTTPConnection) -> bool:
    """Whether an idle connection has ended meanwhile: every client with a pool looks before it uses one again."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])
