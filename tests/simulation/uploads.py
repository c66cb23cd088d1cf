"""What hosts send to the image API: over the users' network, to whichever API process runs."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from webob import Request

from nova_like.images import sending
from tests.simulation.client import Answer, Client


class Connection:
    """As much of http.client's as `images.sending` uses."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answer = Answer(0)

    def request(self, method: str, path: str, body: Iterable[bytes], headers: dict[str, str]) -> None:
        request = Request.blank(path, method=method, base_url="http://cloud")
        request.body = b"".join(body)
        request.headers.update(headers)
        self._answer = self._client.ask(request, f"host {method} {path[:24]}")

    def getresponse(self) -> "Connection":
        """Raises as a connection that was cut, or never made."""
        if self.status <= 0:
            raise ConnectionError
        return self

    @property
    def status(self) -> int:
        return self._answer.status

    def getheader(self, name: str, default: str) -> str:
        return str(self._answer.headers.get(name, default))

    def close(self) -> None: ...


@contextlib.contextmanager
def installed(client: Client) -> Iterator[None]:
    """While this lasts, hosts upload through here."""

    def connect(url: str, limits: Any) -> tuple[Connection, str]:
        parts = urlsplit(url)
        return Connection(client), f"{parts.path}?{parts.query}"

    with mock.patch.object(sending, "connect", connect):
        yield
