"""A small JSON client of the native API, for seeding and for tools/ssh: it knows no more than they need."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from tools.trial.processes import Failed


class Refused(Failed):
    """The API answered with an error; ``status`` is its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Client:
    """One user in one project."""

    def __init__(self, url: str, user: str, password: str, project: str) -> None:
        self.url = url
        self._login = (user, password, project)
        self._token = ""
        self.user_id = self.project_id = ""

    def get(self, path: str) -> Any:
        """The decoded body. A 503 is tried again: after a restart of the database each worker has to find it anew."""
        return _patiently(lambda: self.call("GET", path))

    def post(self, path: str, body: Any) -> Any:
        """The decoded body."""
        return self.call("POST", path, json.dumps(body).encode())

    def call(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json", limit_s: float = 60
    ) -> Any:
        """Any request with a token; Refused on an error status, Failed when nobody answers."""
        if not self._token:
            _patiently(self._authenticate)
        answer = self._send(method, path, body, {"Content-Type": kind, "X-Auth-Token": self._token}, limit_s)
        text = answer[1]
        return json.loads(text) if text.strip() else None

    def _authenticate(self) -> None:
        user, password, project = self._login
        domain = {"id": "default"}
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": domain, "password": password}},
        }
        scope = {"project": {"name": project, "domain": domain}}
        body = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
        headers, text = self._send("POST", "/identity/v3/auth/tokens", body, {"Content-Type": "application/json"}, 60)
        token = json.loads(text)["token"]
        self._token = headers["X-Subject-Token"]
        self.user_id, self.project_id = token["user"]["id"], token["project"]["id"]

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], limit_s: float
    ) -> tuple[Any, str]:
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=limit_s) as answer:
                return answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")[:500]
            raise Refused(error.code, f"{method} {path}: {error.code} {text}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{method} {path}: {error}") from error


def _patiently(work: Callable[[], Any], limit_s: float = 30) -> Any:
    """The result of work that may be repeated, once it is not refused with 503 any more."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            return work()
        except Refused as refused:
            if refused.status != 503 or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def answers(url: str) -> bool:
    """True when an HTTP server is there, whatever it says."""
    try:
        urllib.request.urlopen(url + "/", timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, http.client.HTTPException):
        return False
    return True
