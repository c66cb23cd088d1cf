"""Where a viewer waits for the host that brings his console, and what carries the bytes between the two."""

from typing import Any

from websockets.exceptions import ConnectionClosed

from nova_like import concurrency

Peer = Any  # a websocket of either side
TICKET_LENGTH = 43


class Meetings:
    """Viewers by the tickets that their hosts will show; each ticket is good once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = concurrency.Lock()
        self._waiting: dict[str, Meeting] = {}
        self.open = 0

    def begin(self) -> "Meeting | None":
        """None when as many consoles are open as may be; what is begun is ended with `end`."""
        meeting = Meeting(concurrency.secret(TICKET_LENGTH))
        with self._lock:
            if self.open >= self._most:
                return None
            self.open += 1
            self._waiting[meeting.ticket] = meeting
        return meeting

    def end(self, meeting: "Meeting") -> None:
        with self._lock:
            self.open -= 1
            self._waiting.pop(meeting.ticket, None)
        meeting.over.set()

    def come(self, ticket: str) -> "Meeting | None":
        """The viewer that waits for who shows this ticket, if any."""
        with self._lock:
            return self._waiting.pop(ticket, None)


class Meeting:
    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        self.over = concurrency.Event()
        self._met = concurrency.Event()
        self._host: Peer = None

    def bring(self, host: Peer) -> None:
        """The host is here, and stays until the viewer has gone."""
        self._host = host
        self._met.set()
        self.over.wait()

    def carry(self, viewer: Peer, wait_seconds: float, session_seconds: float) -> bool:
        """Bytes both ways until either goes or the time is up; false when no host came."""
        if not concurrency.wait(self._met, wait_seconds):
            return False
        back = concurrency.spawn(_pump, self._host, viewer, None, name="console back")
        _pump(viewer, self._host, concurrency.monotonic() + session_seconds)
        back.join()
        return True


def _pump(source: Peer, sink: Peer, deadline: float | None) -> None:
    """Everything from one to the other; closes both in the end, so that the opposite pump ends, too."""
    try:
        while True:
            left = None if deadline is None else max(0.0, deadline - concurrency.monotonic())
            data = source.recv(timeout=left)
            sink.send(data if isinstance(data, bytes) else data.encode())
    except (ConnectionClosed, TimeoutError, OSError):
        pass
    finally:
        sink.close()
        source.close()
