"""The proxy's port: noVNC's pages, viewers with tokens, hosts with tickets. Neither tokens nor tickets are ever logged,
so request lines are not."""

import http
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from nova_like import concurrency, logs
from nova_like.console import pages
from nova_like.console.meeting import Meeting, Meetings
from nova_like.console.rules import Rules, token_of
from nova_like.model.errors import Fault, NotFound

LOG = logs.get(__name__)
HOSTS_PATH = "/host"  # where hosts bring consoles to
VIEWER_PATHS = ("", "/", "/websockify")
OPEN_SECONDS = 10.0  # for a request to be made
MEET_SECONDS = 10.0
CLOSE_SECONDS = 2.0
PONG_SECONDS = 60.0
MOST_FRAME = 1 << 20
INTERNAL_ERROR, TRY_AGAIN_LATER = 1011, 1013


@dataclass(frozen=True)
class Limits:
    sessions: int = 200
    session_seconds: float = 43200.0


class Proxy:
    """`door` is `services.consoles.Door`; `agent_url` (ws or wss) leads hosts to this very process."""

    def __init__(self, door: Any, rules: Rules, agent_url: str, pages_path: str, limits: Limits) -> None:
        self._door, self._rules, self._url = door, rules, agent_url.rstrip("/") + HOSTS_PATH
        self._pages, self._limits = Path(pages_path), limits
        self.meetings = Meetings(limits.sessions)
        self._connections = concurrency.Semaphore(4 * limits.sessions + 64)

    def server(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> Server:
        """Ready for `serve_forever`; `shutdown` ends it and whatever is open."""
        made = serve(
            self._handle, sock=listener, ssl=tls, process_request=self._admit, compression=None, server_header=None,
            select_subprotocol=_subprotocol, open_timeout=OPEN_SECONDS, close_timeout=CLOSE_SECONDS,
            max_size=MOST_FRAME, ping_timeout=PONG_SECONDS, logger=logs.silent("nova_like.console.websockets"),
        )  # fmt: skip
        whole = made.handler

        def bounded(sock: socket.socket, address: Any) -> None:
            free = self._connections.acquire(blocking=False)
            if not free:
                sock.close()  # which is what it then finds
            try:
                whole(sock, address)
            finally:
                if free:
                    self._connections.release()

        made.handler = bounded
        return made

    # -- before the handshake

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """None lets a websocket in; whoever is not let in, or wanted a page, gets an answer."""
        path = request.path.partition("?")[0]
        try:
            if path == HOSTS_PATH:
                return self._admit_host(connection, request)
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return self._admit_viewer(connection, request, path)
        except ValueError:  # a header that stands there twice
            return _answer(http.HTTPStatus.BAD_REQUEST)
        return self._page(request.path)

    def _admit_host(self, connection: ServerConnection, request: Request) -> Response | None:
        kind, _, ticket = request.headers.get("Authorization", "").partition(" ")
        meeting = self.meetings.come(ticket) if kind == "Ticket" else None
        if meeting is None:
            return _answer(http.HTTPStatus.FORBIDDEN)
        connection.brings = meeting  # type: ignore[attr-defined]
        return None

    def _admit_viewer(self, connection: ServerConnection, request: Request, path: str) -> Response | None:
        headers = request.headers
        if path not in VIEWER_PATHS or not self._rules.allow(headers.get("Host"), headers.get("Origin")):
            return _answer(http.HTTPStatus.FORBIDDEN)
        try:
            connection.views = self._door.redeem(token_of(request.path))  # type: ignore[attr-defined]
        except NotFound:
            return _answer(http.HTTPStatus.FORBIDDEN)
        except Fault as fault:
            LOG.warning("a token could not be looked at: %s", fault.reason)
            return _answer(http.HTTPStatus.SERVICE_UNAVAILABLE)
        return None

    def _page(self, target: str) -> Response:
        found = pages.page(self._pages, target)
        if found is None:
            return _answer(http.HTTPStatus.NOT_FOUND)
        content, kind = found
        return _answer(http.HTTPStatus.OK, content, {"Content-Type": kind, **pages.HEADERS})

    # -- after it

    def _handle(self, connection: ServerConnection) -> None:
        if (meeting := getattr(connection, "brings", None)) is not None:
            meeting.bring(connection)
            return
        opening = connection.views  # type: ignore[attr-defined]
        meeting = self.meetings.begin()
        if meeting is None:
            connection.close(TRY_AGAIN_LATER, "too many consoles are open")
            return
        try:
            self._view(connection, opening, meeting)
        finally:
            self.meetings.end(meeting)

    def _view(self, connection: ServerConnection, opening: Any, meeting: Meeting) -> None:
        LOG.info("%s console of %s opened by user %s", opening.kind, opening.instance_id, opening.user_id)
        try:
            self._door.open(opening, self._url, meeting.ticket)
        except Fault as fault:
            LOG.warning("%s console of %s: %s", opening.kind, opening.instance_id, fault.reason)
            connection.close(INTERNAL_ERROR, "the console could not be opened")
            return
        if not meeting.carry(connection, MEET_SECONDS, self._limits.session_seconds):
            LOG.warning("%s console of %s: its host did not come", opening.kind, opening.instance_id)
            connection.close(INTERNAL_ERROR, "the console's host did not come")
        LOG.info("%s console of %s closed", opening.kind, opening.instance_id)


def _subprotocol(connection: ServerConnection, asked: Any) -> Any:
    """Some clients ask for `binary`, which is all that there is."""
    return "binary" if "binary" in asked else None


def _answer(status: http.HTTPStatus, content: bytes = b"", headers: dict[str, str] | None = None) -> Response:
    given = Headers({"Content-Length": str(len(content)), "Connection": "close", **(headers or {})})
    return Response(status.value, status.phrase, given, content)
