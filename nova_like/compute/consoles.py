"""Brings consoles of guests to the proxy that asked: this host connects out to it, so nothing on a host listens for
viewers. Never asks who may: the proxy has, and shows so by being able to send orders."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from nova_like import concurrency, logs
from nova_like.model import ids
from nova_like.model.errors import Invalid, NotFound, Unavailable
from nova_like.virt.base import SERIAL, VNC, Hypervisor

LOG = logs.get(__name__)
MOST = 256  # open at once through one agent
LEAVE_SECONDS = 5.0  # how long a new reader of a serial port waits for the one before him to have gone


class _Session:
    """`over` ends it, `gone` says that it has ended."""

    def __init__(self) -> None:
        self.over, self.gone = concurrency.Event(), concurrency.Event()


class Consoles:
    """`ca_file`: who must have signed the certificate of a proxy at wss; empty: whom the system trusts."""

    def __init__(self, hosts: Mapping[str, Hypervisor], ca_file: str = "") -> None:
        self._hosts, self._ca_file = hosts, ca_file
        self._lock = concurrency.Lock()
        self._open: set[_Session] = set()
        self._serial: dict[str, _Session] = {}  # a serial port has one reader: the last who asked

    def open(self, host: str, instance_id: str, kind: str, url: str, ticket: str) -> None:
        """Open the console now, and have it carried to `url`. Raises NotFound, Invalid, Conflict, Unavailable."""
        if host not in self._hosts or not ids.is_uuid(instance_id):
            raise NotFound("instance", instance_id)
        if kind not in (VNC, SERIAL) or urlsplit(url).scheme not in ("ws", "wss"):
            raise Invalid("a malformed wish for a console", "console", code="malformed")
        session = self._begin()
        try:
            line = self._hosts[host].console.open(instance_id, kind)
        except BaseException:
            self._end(session)
            raise
        before = self._take_over(instance_id, session) if kind == SERIAL else None
        concurrency.spawn(self._bring, line, session, before, url, ticket, name=f"console {kind}")

    def _begin(self) -> _Session:
        session = _Session()
        with self._lock:
            if len(self._open) >= MOST:
                raise Unavailable("this host has too many consoles open", "console", retry_after=30)
            self._open.add(session)
        return session

    def _take_over(self, instance_id: str, session: _Session) -> _Session | None:
        with self._lock:
            before = self._serial.get(instance_id)
            self._serial[instance_id] = session
        if before is not None:
            before.over.set()
        return before

    def _end(self, session: _Session) -> None:
        with self._lock:
            self._open.discard(session)
            for instance_id in [id for id, kept in self._serial.items() if kept is session]:
                del self._serial[instance_id]
        session.gone.set()

    def _bring(self, line: int, session: _Session, before: _Session | None, url: str, ticket: str) -> None:
        from nova_like.compute import carrying  # megabytes, of which most agents never need one

        try:
            if before is not None:
                concurrency.wait(before.gone, LEAVE_SECONDS)
            carrying.bring(line, url, ticket, self._ca_file, session.over)
        except carrying.FAULTS as error:
            LOG.warning("a console could not be brought to its proxy: %s", type(error).__name__)
        finally:
            os.close(line)
            self._end(session)
