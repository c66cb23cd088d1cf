"""A request that comes in by waitress's parser, under the limits of http.py: of size, of time, of room on disk. Answers
nothing; http_threads.py does."""

from typing import Any

from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from nova_like import concurrency
from nova_like.api.common.http import Limits


class Spool:
    """What the bodies that come in, or lie there, have of bytes in this worker."""

    bytes = 0


class NoRoom(Error):  # type: ignore[misc]
    code, reason = 503, "Service Unavailable"


class TooSlow(Error):  # type: ignore[misc]
    code, reason = 408, "Request Timeout"


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One whose body is too large or too slow ends where that shows: the application refuses it, in its own form, by
    the length, or because the rest cannot be read (`late`)."""

    cut = late = False

    def __init__(self, adj: Any, limits: Limits, spool: Spool) -> None:
        super().__init__(adj)
        self.limits, self.spool, self.spooled = limits, spool, 0
        self.begun = self.heard = concurrency.monotonic()
        self.ended = self.heard  # or when its turn came, if others of its connection were before it

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.headers_finished and self.error is None and not self.cut and not self.empty:
            most = self._most()
            if max(self.content_length, self.body_bytes_received) > most:
                self._cut(most)
            else:
                self._count()
        self.heard = concurrency.monotonic()
        return consumed

    def _most(self) -> int:
        """Bytes that its body may have."""
        limits = self.limits
        most = limits.body_bytes(self.command, self.path)
        if most is not None:
            return most
        proven = not limits.stream_header or self.headers.get(limits.stream_header.upper().replace("-", "_"))
        return limits.stream_bytes if proven else 0

    def _count(self) -> None:
        self.spool.bytes += self.body_bytes_received - self.spooled
        self.spooled = self.body_bytes_received
        if self.spool.bytes > 2 * self.limits.stream_bytes:
            self.error, self.completed, self.expect_continue = NoRoom("Too much is being sent."), True, False

    def release(self) -> None:
        """Nothing of its body is kept any more."""
        self.spool.bytes -= self.spooled
        self.spooled = 0

    def close(self) -> None:
        self.release()
        super().close()

    def _cut(self, most: int) -> None:
        self._end()
        self.cut = True
        self.headers["CONTENT_LENGTH"] = str(max(self.content_length, most + 1))

    def _end(self) -> None:
        self.completed, self.expect_continue = True, False
        self.headers["CONNECTION"] = "close"

    @property
    def is_blank(self) -> bool:
        """Whether nothing of it came but the empty lines that may stand before a request."""
        return not self.headers_finished and not self.header_plus.strip()

    def rest(self, now: float) -> None:
        """Nobody listens to its connection now: its time begins later."""
        self.begun = self.heard = now

    def is_late(self, now: float) -> bool:
        """Whether it has taken longer than it may."""
        if not self.headers_finished:
            return now > self.begun + self.limits.header_seconds
        most = self.limits.header_seconds + self.limits.seconds_for(self.body_bytes_received)
        return now > min(self.begun + most, self.heard + self.limits.idle_seconds)

    def give_up(self) -> None:
        """What is missing of it will not be waited for."""
        self._end()
        self.late = True
        if not self.headers_finished:
            self.version, self.error = "1.1", TooSlow("The headers did not come in time.")
        elif self.chunked:
            self.headers["CONTENT_LENGTH"] = str(self.body_bytes_received + 1)


class Missing:
    """`wsgi.input` of a request whose body did not come in time."""

    def read(self, length: int | None = None) -> bytes:
        raise TimeoutError("the client is too slow")

    readline = read
